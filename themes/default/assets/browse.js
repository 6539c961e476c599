// Comforts on the map and the network, which are drawings with links without them: zoom, clusters, filters, sorted tables.
"use strict";
(() => {
  const html = document.documentElement;
  const language = html.lang || undefined;
  const SVG = "http://www.w3.org/2000/svg";
  const rules = new Intl.PluralRules(language);
  const counted = (forms, n) => (forms[rules.select(n)] || forms.other).replace("{n}", n.toLocaleString(language));

  // A window on a drawing: buttons, keys, a drag, two fingers, the wheel with Ctrl or Cmd.
  const zoomable = (svg, most, redraw, start) => {
    const box = (text) => text.split(" ").map(Number);
    const world = box(svg.dataset.world);
    const first = box(svg.getAttribute("viewBox"));
    let [left, top, width, height] = first;
    const shape = () => (svg.clientHeight || 1) / (svg.clientWidth || 1);
    const show = () => {
      svg.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
      redraw(width / (svg.clientWidth || 1));
    };
    const hold = (low, high, size, value) => (size >= high - low ? (low + high - size) / 2 : Math.min(Math.max(value, low), high - size));
    const settle = () => {
      width = Math.min(Math.max(width, world[2] / most), Math.max(world[2], world[3] / shape()));
      height = width * shape();
      left = hold(world[0], world[0] + world[2], width, left);
      top = hold(world[1], world[1] + world[3], height, top);
      show();
    };
    const zoom = (factor, atX = 0.5, atY = 0.5) => {
      const x = left + width * atX, y = top + height * atY;
      const before = width;
      width = Math.min(Math.max(width / factor, world[2] / most), Math.max(world[2], world[3] / shape()));
      height = width * shape();
      left = x - width * atX;
      top = y - height * atY;
      settle();
      return before !== width;
    };
    const fit = ([x, y, w, h]) => {
      width = Math.max(w, h / shape());
      height = width * shape();
      left = x + (w - width) / 2;
      top = y + (h - height) / 2;
      settle();
    };
    const move = (x, y) => { left += x; top += y; settle(); };

    svg.style.setProperty("--shape", `${world[2]} / ${world[3]}`);
    svg.dataset.live = "";
    svg.tabIndex = 0;
    svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = width / 8;
      const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (event.key === "+" || event.key === "=") zoom(1.5);
      else if (event.key === "-") zoom(1 / 1.5);
      else if (event.key === "0") fit(first);
      else if (ways[event.key]) move(...ways[event.key]);
      else return;
      event.preventDefault();
    });
    svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y, width: w, height: h } = svg.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 300), (event.clientX - x) / w, (event.clientY - y) / h);
    }, { passive: false });

    const fingers = new Map();
    let dragged = 0;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      fingers.set(event.pointerId, event);
      if (fingers.size === 1) dragged = 0;
    });
    svg.addEventListener("pointermove", (event) => {
      const last = fingers.get(event.pointerId);
      if (!last) return;
      const unit = width / svg.clientWidth;
      if (fingers.size === 1) {
        dragged += Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY);
        if (dragged > 4 && event.pointerType === "mouse") {
          svg.setPointerCapture(event.pointerId);
          move((last.clientX - event.clientX) * unit, (last.clientY - event.clientY) * unit);
        } else if (event.pointerType !== "mouse") {
          move((last.clientX - event.clientX) * unit, 0);
        }
      } else {
        const [other] = [...fingers.values()].filter((finger) => finger.pointerId !== event.pointerId);
        const apart = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY) || 1;
        const { x, y, width: w, height: h } = svg.getBoundingClientRect();
        dragged = 99;
        zoom(apart(event) / apart(last), ((event.clientX + other.clientX) / 2 - x) / w, ((event.clientY + other.clientY) / 2 - y) / h);
        move((last.clientX - event.clientX) * unit / 2, (last.clientY - event.clientY) * unit / 2);
      }
      fingers.set(event.pointerId, event);
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) svg.addEventListener(name, (event) => fingers.delete(event.pointerId));
    svg.addEventListener("click", (event) => { if (dragged > 4) { event.preventDefault(); event.stopPropagation(); } }, true);
    svg.addEventListener("dragstart", (event) => event.preventDefault());
    svg.addEventListener("focusin", (event) => {
      // What the keyboard reaches is brought into the window.
      const dot = event.target.querySelector && event.target !== svg && event.target.querySelector("circle");
      if (!dot || !event.target.matches(":focus-visible")) return;
      const x = Number(dot.getAttribute("cx")), y = Number(dot.getAttribute("cy"));
      if (x < left || x > left + width || y < top || y > top + height) move(x - left - width / 2, y - top - height / 2);
    });

    const buttons = svg.parentElement.querySelector("[data-zoom]");
    buttons.addEventListener("click", (event) => {
      const { by } = (event.target.closest("button") || { dataset: {} }).dataset;
      if (by === "all") fit(world);
      else if (by) zoom(by === "in" ? 1.6 : 1 / 1.6);
    });
    buttons.hidden = false;
    let wide = 0;
    new ResizeObserver(() => {
      if (svg.clientWidth === wide) return;
      if (wide) settle();
      else fit((start && start(svg.clientWidth)) || first);
      wide = svg.clientWidth;
    }).observe(svg);
    return { fit };
  };

  // The map: dots of one size on every scale, those that collide under one dot with their number.
  const map = document.querySelector('svg[data-drawing="map"]');
  if (map) {
    const dots = map.querySelector(".dots");
    const places = [...dots.children].map((link) => {
      const circle = link.querySelector("circle");
      const text = link.querySelector("text");
      return {
        link, circle, text, x: Number(circle.getAttribute("cx")), y: Number(circle.getAttribute("cy")),
        r: Number(link.dataset.r), n: Number(link.dataset.n), wide: [...text.textContent].length * 6.6,
      };
    });
    const forms = JSON.parse(map.parentElement.querySelector("[data-places]").dataset.places);
    const most = 40;
    let view = null;
    const redraw = (unit) => {
      for (const old of dots.querySelectorAll(".cluster")) old.remove();
      const held = document.activeElement;
      dots.setAttribute("font-size", String(13 * unit));
      const groups = [];
      const last = unit <= Number(map.dataset.world.split(" ")[2]) / most / map.clientWidth * 1.01;
      for (const place of places) {
        // Most articles first: a smaller dot that would lie mostly on a larger one joins it.
        const near = last ? null : groups.find(({ head }) => Math.hypot(head.x - place.x, head.y - place.y) / unit < head.r + place.r * 0.4);
        if (near) near.members.push(place);
        else groups.push({ head: place, members: [place] });
      }
      const taken = [];
      const apart = (box, other) => box[0] >= other[2] || other[0] >= box[2] || box[1] >= other[3] || other[1] >= box[3];
      const box = ({ head, members }) => {
        const r = members.length === 1 ? head.r : Math.max(11, head.r);
        return [head.x / unit - r, head.y / unit - r, head.x / unit + r, head.y / unit + r];
      };
      const spots = groups.map(box);
      groups.forEach(({ head, members }, index) => {
        const one = members.length === 1;
        for (const place of members) place.link.toggleAttribute("hidden", false);
        for (const { link } of members) link.style.display = one || link === held ? "" : "none";
        const r = one ? head.r : Math.max(11, head.r);
        const x = head.x / unit, y = head.y / unit;
        head.circle.setAttribute("r", String(head.r * unit));
        head.text.setAttribute("x", String(head.x + (head.r + 4) * unit));
        head.text.setAttribute("y", String(head.y + 4.5 * unit));
        if (one) {
          const name = [x + r + 2, y - 8, x + r + 6 + head.wide, y + 8];
          const fits = spots.every((dot, other) => other === index || apart(name, dot))
            && taken.every((other) => apart(name, other) && apart(spots[index], other));
          head.link.classList.toggle("minor", !fits);
          if (fits) taken.push(name);
          return;
        }
        const link = document.createElementNS(SVG, "a");
        link.setAttribute("class", "spot cluster");
        link.setAttribute("href", "#places");
        link.setAttribute("aria-label", `${counted(forms, members.length)}: ${members.slice(0, 8).map((place) => place.text.textContent).join(", ")}${members.length > 8 ? ", …" : ""}`);
        const circle = document.createElementNS(SVG, "circle");
        const text = document.createElementNS(SVG, "text");
        const title = document.createElementNS(SVG, "title");
        title.textContent = link.getAttribute("aria-label");
        circle.setAttribute("cx", head.x);
        circle.setAttribute("cy", head.y);
        circle.setAttribute("r", String(r * unit));
        circle.setAttribute("vector-effect", "non-scaling-stroke");
        text.setAttribute("x", head.x);
        text.setAttribute("y", String(head.y + 4.5 * unit));
        text.textContent = members.length.toLocaleString(language);
        link.append(title, circle, text);
        link.addEventListener("click", (event) => {
          event.preventDefault();
          const xs = members.map((place) => place.x), ys = members.map((place) => place.y);
          const pad = 30 * unit / 3;
          view.fit([Math.min(...xs) - pad, Math.min(...ys) - pad, Math.max(...xs) - Math.min(...xs) + 2 * pad, Math.max(...ys) - Math.min(...ys) + 2 * pad]);
          map.focus({ preventScroll: true });
        });
        head.link.before(link);
      });
    };
    view = zoomable(map, most, redraw);
  }

  // The network: neighbours light up; kinds and years are chosen.
  const network = document.querySelector('svg[data-drawing="network"]');
  if (network) {
    const nodes = [...network.querySelectorAll(".spot")];
    const years = (element) => new Map(element.dataset.years.split(" ").filter(Boolean).map((pair) => {
      const at = pair.lastIndexOf(":");
      return [pair.slice(0, at), Number(pair.slice(at + 1))];
    }));
    const radii = nodes.map((node) => Number(node.querySelector("circle").getAttribute("r")));
    const ties = [...network.querySelectorAll(".tie")].map((path) => ({ path, ends: path.dataset.ends.split(" ").map(Number), years: years(path) }));
    const counts = nodes.map(years);
    const middle = nodes[0].querySelector("circle");
    // A small screen starts at the name that most articles have, with labels large enough to be read.
    zoomable(network, 8, () => {}, (wide) => wide < 700 && [middle.getAttribute("cx") - 0.55 * wide, middle.getAttribute("cy") - 0.55 * wide, 1.1 * wide, 1.1 * wide]);

    const light = (at) => {
      network.toggleAttribute("data-lit", at >= 0);
      const near = new Set([at]);
      for (const { path, ends } of ties) {
        const lit = ends.includes(at) && !path.hasAttribute("data-off");
        path.toggleAttribute("data-lit", lit);
        if (lit) ends.forEach((end) => near.add(end));
      }
      nodes.forEach((node, index) => node.toggleAttribute("data-lit", at >= 0 && near.has(index)));
    };
    const at = (event) => nodes.indexOf(event.target.closest(".spot"));
    network.addEventListener("pointerover", (event) => light(at(event)));
    network.addEventListener("pointerleave", () => light(-1));
    network.addEventListener("focusin", (event) => light(at(event)));
    network.addEventListener("focusout", () => light(-1));

    const form = document.querySelector("[data-network]");
    const told = form.querySelector("output");
    const forms = JSON.parse(told.dataset.ties);
    const choose = () => {
      const kinds = new Set([...form.querySelectorAll("[name=kind]:checked")].map((box) => box.value));
      const period = form.period ? form.period.value : "";
      const peak = period ? Math.max(1, ...counts.map((found) => found.get(period) || 0)) : 0;
      const on = nodes.map((node, index) => kinds.has(node.dataset.kind) && (!period || counts[index].has(period)));
      nodes.forEach((node, index) => {
        node.toggleAttribute("data-off", !on[index]);
        const r = period ? Math.max(3, Math.round(13 * Math.sqrt((counts[index].get(period) || 0) / peak))) : radii[index];
        node.querySelector("circle").setAttribute("r", String(r));
      });
      let shown = 0;
      for (const { path, ends, years: found } of ties) {
        const visible = ends.every((end) => on[end]) && (!period || found.has(period));
        path.toggleAttribute("data-off", !visible);
        shown += visible;
      }
      told.textContent = counted(forms, shown);
    };
    form.addEventListener("change", choose);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    choose();
  }

  // Tables: a heading sorts by its column, once more the other way round.
  const collator = new Intl.Collator(language, { numeric: true });
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const figures = head.classList.contains("figure");
        const current = head.getAttribute("aria-sort");
        const way = current ? (current === "ascending" ? -1 : 1) : figures ? -1 : 1;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
        const key = (row) => (figures ? Number(row.cells[column].dataset.value) : row.cells[column].textContent);
        const rows = [...body.rows].map((row) => [key(row), row]);
        rows.sort(([one], [other]) => way * (figures ? one - other : collator.compare(one, other)));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }
})();
