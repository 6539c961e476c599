// Comforts on top of pages that work without them: colours, name marks, citations, filters of long lists.
"use strict";
(() => {
  const root = document.documentElement;
  const remember = (key, value) => {
    try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* storage is blocked */ }
  };
  const recall = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };

  // Colours: automatic, light, dark, in turn.
  const mode = document.querySelector("[data-mode]:not(html)");
  if (mode) {
    const name = mode.querySelector("[data-mode-name]");
    const show = () => { name.textContent = name.dataset[root.dataset.mode || "auto"]; };
    const next = { "": "light", light: "dark", dark: "" };
    mode.addEventListener("click", () => {
      const value = next[root.dataset.mode || ""];
      if (value) root.dataset.mode = value;
      else delete root.dataset.mode;
      remember("sitegen-mode", value);
      show();
    });
    show();
    mode.hidden = false;
  }

  // Names marked in the text, on or off.
  const marks = document.querySelector("[data-marks-switch]");
  if (marks) {
    const story = document.querySelector("[data-marks]");
    const button = marks.querySelector("button");
    const set = (on) => {
      story.dataset.marks = on ? "on" : "off";
      button.setAttribute("aria-pressed", String(on));
    };
    const kept = recall("sitegen-marks");
    if (kept) set(kept === "on");
    button.addEventListener("click", () => {
      const on = story.dataset.marks !== "on";
      set(on);
      remember("sitegen-marks", on ? "on" : "off");
    });
    marks.hidden = !story.querySelector(".m");
  }

  // Filters: show the entries that hold all words typed.
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  for (const box of document.querySelectorAll("[data-filter]")) {
    const items = [...document.getElementById(box.dataset.filter).children];
    if (items.length < 12) continue;
    const texts = items.map((item) => fold(item.firstElementChild.textContent));
    const input = box.querySelector("input");
    const count = box.querySelector("output");
    input.addEventListener("input", () => {
      const words = fold(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      items.forEach((item, at) => {
        item.hidden = !words.every((word) => texts[at].includes(word));
        shown += !item.hidden;
      });
      count.textContent = words.length ? shown.toLocaleString(root.lang || undefined) : "";
    });
    box.hidden = false;
  }

  // Citations, made from the page's own JSON-LD.
  const tools = document.querySelector("[data-cite]");
  const data = document.querySelector('script[type="application/ld+json"]');
  if (tools && data) {
    const article = JSON.parse(data.textContent);
    const line = (text) => (text || "").replace(/[\s\p{Cc}]+/gu, " ").trim(); // a line break would begin another field
    const headline = line(article.headline);
    const site = line(tools.dataset.site);
    const canonical = document.querySelector('link[rel="canonical"]');
    const url = canonical ? canonical.href : location.href.split("#")[0];
    const permalink = document.querySelector("[data-permalink]");
    if (!canonical && location.protocol.startsWith("http")) permalink.textContent = url;
    const authors = (article.author || []).map((author) => line(author.name)).filter(Boolean);
    const date = line(article.datePublished);
    const [year, month, day] = date.split("-");
    const source = line(article.publisher && article.publisher.name);
    const split = (name) => {
      const at = name.lastIndexOf(" ");
      return at < 0 ? { literal: name } : { family: name.slice(at + 1), given: name.slice(0, at) };
    };
    const turned = (name) => {
      const { family, given, literal } = split(name);
      return literal || `${family}, ${given}`;
    };
    // Braces are left out: BibTeX counts escaped ones, too, so that one more would end the field.
    const tex = (text) => text.replace(/[{}]/g, "").replace(/[\\&%$#_~^]/g, (sign) =>
      ({ "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" })[sign] || `\\${sign}`);
    const formats = {
      plain: () => document.querySelector("[data-citation]").textContent.replace(/\s+/g, " ").trim(),
      bibtex: () => {
        const key = fold((authors[0] || source || "article").split(" ").pop()).replace(/[^a-z0-9]/g, "") + (year || "") || "article";
        const fields = {
          author: authors.map(turned).map(tex).join(" and "), title: headline && `{${tex(headline)}}`,
          journal: tex(source), date, year, month: month && String(Number(month)), url: url.replace(/[{}\\]/g, encodeURIComponent),
          langid: tex(line(article.inLanguage)), note: tex(site),
        };
        const lines = Object.entries(fields).filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}},`);
        return `@article{${key},\n${lines.join("\n")}\n}\n`;
      },
      ris: () => {
        const lines = [["TY", "NEWS"], ["TI", headline], ...authors.map((name) => ["AU", turned(name)]), ["T2", source],
          ["PY", year], ["DA", date.replace(/-/g, "/")], ["LA", line(article.inLanguage)], ["DB", site], ["UR", url], ["ID", line(article.identifier)]];
        return `${lines.filter(([, value]) => value).map(([tag, value]) => `${tag}  - ${value}`).join("\r\n")}\r\nER  - \r\n`;
      },
      csl: () => JSON.stringify([{
        id: article.identifier, type: "article-newspaper", title: headline, author: authors.length ? authors.map(split) : undefined,
        "container-title": source || undefined, issued: date ? { "date-parts": [[year, month, day].filter(Boolean).map(Number)] } : undefined,
        language: article.inLanguage, archive: site, URL: url,
      }], null, 2),
    };
    const files = { bibtex: ["bib", "application/x-bibtex"], ris: ["ris", "application/x-research-info-systems"], csl: ["json", "application/json"] };
    const status = tools.querySelector("[data-cite-status]");
    tools.addEventListener("click", async (event) => {
      const { copy, save } = (event.target.closest("button") || { dataset: {} }).dataset;
      if (copy) {
        const text = formats[copy]();
        try {
          await navigator.clipboard.writeText(text);
        } catch { // no permission, or not a secure page
          const field = document.createElement("textarea");
          field.value = text;
          tools.append(field);
          field.select();
          document.execCommand("copy");
          field.remove();
          event.target.focus();
        }
        status.textContent = "";
        requestAnimationFrame(() => { status.textContent = tools.dataset.copied; });
      } else if (save) {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([formats[save]()], { type: files[save][1] }));
        link.download = `${article.identifier}.${files[save][0]}`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      }
    });
    tools.hidden = false;
  }
})();
