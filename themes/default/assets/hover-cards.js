// A small card for each name marked in an article: on hover with a mouse and on keyboard focus, from the entity's data.json.
// It can be pointed at, stays until pointer and focus have left, and goes with Escape (WCAG 2.2, 1.4.13).
"use strict";
(() => {
  const story = document.querySelector("[data-marks]");
  const side = document.querySelector("[data-named]");
  if (!story || !side) return;
  const language = document.documentElement.lang || undefined;
  const base = new URL(document.documentElement.dataset.root, location.href);
  const forms = JSON.parse(side.dataset.named);
  const rules = new Intl.PluralRules(language);
  const SHOWN = 3;
  const OPEN_AFTER = 250;
  const CLOSE_AFTER = 250;

  // The list beside the text knows the full name and the kind of what the text may only hint at.
  const known = new Map();
  for (const link of side.querySelectorAll("[data-kind] a")) {
    known.set(link.href, { name: link.textContent, kind: link.closest("[data-kind]").dataset.kind });
  }

  const fetched = new Map();
  const dataOf = (link) => {
    const url = new URL(link.href);
    if (!url.protocol.startsWith("http") || url.hash) return Promise.resolve(null); // from a folder; or only a line in a list
    if (!fetched.has(link.href)) {
      const answer = fetch(new URL("data.json", link.href)).then((response) => (response.ok ? response.json() : null));
      fetched.set(link.href, answer.catch(() => { fetched.delete(link.href); return null; }));
    }
    return fetched.get(link.href);
  };

  const card = document.createElement("div");
  card.className = "hover-card";
  card.id = "hover-card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.getElementById("main").append(card);
  let shown = null; // the link whose card is open
  let wanted = null; // the link whose card opens soon
  let timer = 0;

  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };
  const readable = (date) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(date)) return date;
    const style = language === "en" ? "en-GB" : language; // as the pages write dates
    return new Date(`${date}T00:00:00Z`).toLocaleDateString(style, { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" });
  };
  const fill = (link, data) => {
    const { name, kind } = known.get(link.href);
    const head = make("p", "name");
    head.append(make("bdi", "", data ? data.name : name));
    const count = data ? (forms[rules.select(data.articles)] || forms.other).replace("{n}", data.articles.toLocaleString(language)) : "";
    card.replaceChildren(head, make("p", "kind", [kind, count].filter(Boolean).join(" · ")));
    const latest = data ? data.latest.filter((article) => new URL(article.url, base).href !== location.href.split("#")[0]).slice(0, SHOWN) : [];
    if (latest.length) {
      const list = make("ul");
      for (const article of latest) {
        const item = make("li");
        const title = make("a", "", article.title || article.url);
        const url = new URL(article.url, base);
        if (url.origin === location.origin) title.href = url.href;
        title.dir = "auto";
        title.tabIndex = -1; // for the pointer; by keyboard the mention itself leads to the same list
        item.append(title);
        if (article.date) {
          const time = make("time", "", readable(article.date));
          time.dateTime = article.date.replace(/[?~%]/g, "");
          item.append(time);
        }
        list.append(item);
      }
      card.append(list);
    }
    card.className = `hover-card ${[...link.classList].find((name) => name.startsWith("m-")) || ""}`;
  };
  const place = (link) => {
    const [box] = link.getClientRects(); // its first line, where the mention is broken over two
    const width = document.documentElement.clientWidth;
    const gap = 6;
    const left = Math.max(8, Math.min(box.left, width - card.offsetWidth - 8));
    const below = box.bottom + gap + card.offsetHeight <= innerHeight || box.top < card.offsetHeight + gap;
    card.style.left = `${Math.round(left + scrollX)}px`;
    card.style.top = `${Math.round((below ? link.getClientRects()[link.getClientRects().length - 1].bottom + gap : box.top - gap - card.offsetHeight) + scrollY)}px`;
  };
  const close = () => {
    clearTimeout(timer);
    wanted = null;
    if (shown) shown.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  };
  const open = async (link) => {
    const data = await dataOf(link);
    if (wanted !== link) return;
    if (shown && shown !== link) shown.removeAttribute("aria-describedby");
    shown = link;
    fill(link, data);
    card.hidden = false;
    place(link);
    link.setAttribute("aria-describedby", card.id);
  };
  const soon = (link, delay) => {
    clearTimeout(timer);
    if (story.dataset.marks === "off" || !known.has(link.href)) return;
    wanted = link;
    if (shown !== link) timer = setTimeout(open, delay, link);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (shown && (shown === document.activeElement || shown.matches(":hover") || card.matches(":hover"))) return;
      close();
    }, CLOSE_AFTER);
  };
  const mention = (event) => (event.target instanceof Element ? event.target.closest("a.m") : null);

  story.addEventListener("pointerover", (event) => {
    const link = mention(event);
    if (link && event.pointerType !== "touch") soon(link, OPEN_AFTER);
  });
  story.addEventListener("pointerout", (event) => { if (mention(event)) later(); });
  story.addEventListener("focusin", (event) => {
    const link = mention(event);
    if (link && link.matches(":focus-visible")) soon(link, 0);
  });
  story.addEventListener("focusout", (event) => { if (mention(event)) later(); });
  card.addEventListener("pointerover", () => clearTimeout(timer));
  card.addEventListener("pointerout", later);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && (shown || wanted)) close(); });
  document.addEventListener("pointerdown", (event) => { if (!card.contains(event.target)) close(); });
})();
