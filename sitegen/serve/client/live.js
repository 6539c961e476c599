// Keeps an open page fresh while `sitegen serve` runs. Put into pages only when they are served, never on disk.
"use strict";
(() => {
  const own = document.currentScript;
  const home = new URL(".", own.src);
  let since = own.dataset.since;
  const version = own.dataset.version;
  const live = { boot: since.split("-")[0], since, problems: [], connected: false, changes: 0 };
  window.sitegenLive = live;

  // What the page was made of, to tell what the server changes from what scripts and readers have changed.
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const tagOf = (page) => page.querySelector("script[data-since][data-version]");
  const fetchPage = async (options) => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, ...options });
    return { status: answer.status, url: answer.url, page: parse(await answer.text()) };
  };
  const source = (async () => {
    const { page } = await fetchPage({ cache: "force-cache" });
    const tag = tagOf(page);
    return tag && tag.dataset.version === version ? page : null;
  })().catch(() => null);
  let base = null;

  // Three-way merge: what differs between two sources is done to the live page; all else is left as it is.

  const kind = (node) => `${node.nodeType} ${node.nodeName} ${node.id || ""}`;

  // Pairs of positions in two lists of nodes that belong together: equal ones first, then those of one kind between.
  const pairs = (before, after) => {
    const found = new Array(after.length).fill(-1);
    let start = 0;
    while (start < before.length && start < after.length && before[start].isEqualNode(after[start])) found[start] = start++;
    let [end, stop] = [before.length, after.length];
    while (end > start && stop > start && before[end - 1].isEqualNode(after[stop - 1])) found[--stop] = --end;
    const places = new Map();
    for (let at = end - 1; at >= start; at--) {
      const key = before[at].outerHTML || before[at].nodeValue;
      if (key && key.trim()) places.set(key, [at, ...(places.get(key) || [])]);
    }
    let last = start - 1;
    for (let at = start; at < stop; at++) {
      const key = after[at].outerHTML || after[at].nodeValue;
      const next = (places.get(key) || []).find((place) => place > last);
      if (next !== undefined) last = found[at] = next;
    }
    let from = start;
    for (let at = start; at < stop; at++) {
      if (found[at] >= 0) { from = found[at] + 1; continue; }
      const following = found.slice(at, stop).find((place) => place >= 0) ?? end;
      for (let place = from; place < following; place++) {
        if (kind(before[place]) === kind(after[at])) { found[at] = place; from = place + 1; break; }
      }
    }
    return found;
  };

  // The live node of each source node: the same kind, in the same order; what scripts put between is passed over.
  const alive = (nodes, lives) => {
    if (nodes.length === lives.length && nodes.every((node, at) => kind(node) === kind(lives[at]))) return [...lives];
    let from = 0;
    return nodes.map((node) => {
      for (let at = from; at < lives.length; at++) {
        if (kind(node) === kind(lives[at])) { from = at + 1; return lives[at]; }
      }
      return null;
    });
  };

  const merge = (target, before, after) => {
    if (before.isEqualNode(after)) return;
    if (after.nodeType !== Node.ELEMENT_NODE) {
      target.nodeValue = after.nodeValue;
      return;
    }
    for (const { name } of before.attributes) if (!after.hasAttribute(name)) target.removeAttribute(name);
    for (const { name, value } of after.attributes) {
      if (before.getAttribute(name) !== value) target.setAttribute(name, value);
    }
    const [olds, news] = [[...before.childNodes], [...after.childNodes]];
    const lives = alive(olds, [...target.childNodes]);
    const found = pairs(olds, news);
    const kept = new Set(found);
    olds.forEach((_, at) => { if (!kept.has(at) && lives[at]) lives[at].remove(); });
    let spot = null; // the node after which the next one stands
    news.forEach((node, at) => {
      const old = found[at] >= 0 ? lives[found[at]] : null;
      if (old) {
        merge(old, olds[found[at]], node);
        spot = old;
        return;
      }
      const fresh = document.importNode(node, true);
      if (spot) spot.after(fresh);
      else target.prepend(fresh);
      spot = fresh;
    });
  };

  const scripts = (page) => [...page.querySelectorAll("script")]
    .filter((script) => !script.dataset.since && (!script.type || /javascript|module/.test(script.type)))
    .map((script) => script.src + script.textContent).join("\n");

  let refreshing = Promise.resolve();
  const refresh = () => { refreshing = refreshing.then(refreshOnce).catch(() => {}); return refreshing; };
  const refreshOnce = async () => {
    base = base || await source;
    const { status, page } = await fetchPage({ cache: "no-store" });
    const tag = tagOf(page);
    if (status === 503) return;
    if (!base || !tag || (status === 404) !== (version === "404") || scripts(base) !== scripts(page)) {
      location.reload();
      return;
    }
    const before = base;
    // Our own tag differs each time and says nothing of the page.
    for (const side of [before, page]) {
      const mine = tagOf(side);
      if (mine && side === page) {
        const old = tagOf(before);
        if (old) for (const { name, value } of old.attributes) mine.setAttribute(name, value);
      }
    }
    if (!before.documentElement.isEqualNode(page.documentElement)) {
      merge(document.documentElement, before.documentElement, page.documentElement);
      base = page;
      live.changes++;
      document.dispatchEvent(new CustomEvent("sitegen:changed"));
    }
  };

  // Files: stylesheets are swapped, pictures are shown anew, scripts need the page to be loaded again.

  const pathOf = (address) => {
    try { return decodeURIComponent(new URL(address, location.href).pathname); } catch { return ""; }
  };
  const fresher = (address) => {
    const url = new URL(address, location.href);
    url.searchParams.set("sitegen", since.split("-")[1]);
    return url.href;
  };
  const swapFiles = (urls) => {
    const changed = new Set(urls);
    const loaded = new Set(performance.getEntriesByType("resource").map((entry) => pathOf(entry.name)));
    if ([...document.scripts].some((script) => script.src && script !== own && changed.has(pathOf(script.src)))) {
      location.reload();
      return;
    }
    if (urls.some((url) => url.endsWith(".css") && loaded.has(url))) {
      for (const link of document.querySelectorAll('link[rel~="stylesheet"]')) {
        const direct = changed.has(pathOf(link.href));
        const [other] = urls.filter((url) => url.endsWith(".css"));
        if (!direct && document.querySelector(`link[rel~="stylesheet"][href$="${CSS.escape(other.split("/").pop())}"]`)) continue;
        const next = link.cloneNode();
        next.href = fresher(link.href);
        next.addEventListener("load", () => { link.remove(); live.styles = (live.styles || 0) + 1; }, { once: true });
        next.addEventListener("error", () => next.remove(), { once: true });
        link.after(next);
      }
    }
    for (const picture of document.querySelectorAll("img[src], video[src], audio[src], source[src], embed[src]")) {
      if (changed.has(pathOf(picture.src))) picture.src = fresher(picture.src);
    }
  };

  // What is said in the page: a mark in the corner, and a panel with what is wrong.

  const host = document.createElement("sitegen-live");
  const shadow = host.attachShadow({ mode: "open" });
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const remembered = (key, value) => {
    try {
      if (value !== undefined) sessionStorage.setItem(key, value);
      return sessionStorage.getItem(key);
    } catch { return null; }
  };
  const state = make("span", { role: "status" });
  const follow = make("input", { type: "checkbox" });
  follow.checked = remembered("sitegen-follow") === "1";
  follow.addEventListener("change", () => remembered("sitegen-follow", follow.checked ? "1" : "0"));
  const list = make("ol");
  const close = make("button", { type: "button", "aria-label": "Close" }, "×");
  const panel = make("section", { role: "alert", "aria-label": "Problems", hidden: "" }, close, list);
  const mark = make("details", {}, make("summary", {}, state),
    make("label", {}, follow, " Go to the page that was edited last"));
  shadow.append(make("link", { rel: "stylesheet", href: new URL("live.css", home).href }), panel, mark);
  close.addEventListener("click", () => { panel.hidden = true; });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") panel.hidden = true; });
  const progress = document.querySelector("[data-sitegen-progress]");

  const show = (text, tone) => {
    state.textContent = text;
    mark.dataset.tone = tone || "";
    if (progress) progress.textContent = text;
  };
  const rest = () => {
    const count = live.problems.length;
    show(count ? `${count} problem${count > 1 ? "s" : ""}` : "live", count ? "bad" : "");
  };
  const showProblems = (problems) => {
    const had = JSON.stringify(live.problems);
    live.problems = problems;
    if (had === JSON.stringify(problems)) return;
    list.replaceChildren(...problems.map((problem) => make("li", { class: problem.severity || "warning" },
      make("b", {}, problem.line ? `${problem.path}:${problem.line}` : problem.path || "sitegen"),
      make("p", {}, problem.message),
      ...(problem.hint ? [make("p", { class: "hint" }, problem.hint)] : []))));
    panel.hidden = !problems.length;
    rest();
  };

  // The connection. A tab that nobody sees gives its connection back, since browsers allow only a few.

  let events = null;
  const heard = {
    hello: (message) => {
      live.connected = true;
      live.boot = message.boot;
      showProblems(message.problems);
      if (message.busy) show("building …", "busy");
      else rest();
    },
    page: () => refresh(),
    files: ({ urls }) => swapFiles(urls),
    problems: ({ problems }) => showProblems(problems),
    progress: ({ phase, done, total }) => {
      show(total ? `${phase} ${Math.floor(100 * done / total)} %` : `${phase} …`, "busy");
    },
    built: () => { rest(); if (version === "none") location.reload(); },
    index: () => document.dispatchEvent(new CustomEvent("sitegen:index")),
    follow: ({ url }) => {
      if (follow.checked && decodeURI(location.pathname) !== url) location.assign(encodeURI(url));
    },
  };
  const disconnect = () => {
    if (events) events.close();
    events = null;
    live.connected = false;
  };
  const connect = () => {
    if (events || document.visibilityState === "hidden") return;
    const query = new URLSearchParams({ page: location.pathname, since });
    events = new EventSource(`${home.href}events?${query}`);
    events.onmessage = (event) => {
      since = live.since = event.lastEventId || since;
      const message = JSON.parse(event.data);
      if (heard[message.type]) heard[message.type](message);
    };
    events.onerror = () => {
      live.connected = false;
      show("no connection", "bad");
      if (events && events.readyState === EventSource.CLOSED) {
        disconnect();
        setTimeout(connect, 1000);
      }
    };
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") disconnect();
    else connect();
  });
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", connect);
  document.documentElement.append(host);
  connect();
})();
