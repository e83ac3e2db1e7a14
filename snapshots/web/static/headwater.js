"use strict";
// Shortens ways that exist as links and forms. Nothing here is needed.
(() => {
  const all = (s, root = document) => [...root.querySelectorAll(s)];
  const one = (s, root = document) => root.querySelector(s);
  document.documentElement.classList.add("js");

  // Relative times stay true while a page is open.
  // The server's clock counts, not the reader's.
  const ahead = Date.parse(document.body.dataset.now) - Date.now();
  const unit = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const refresh = () => all("time[data-rel]").forEach((time) => {
    const gap = Date.now() + ahead - Date.parse(time.dateTime);
    const minutes = Math.floor(Math.abs(gap) / 60000);
    if (minutes > 60 * 24 * 60) return;
    const amount = minutes < 60 ? `${minutes} min` : minutes < 1440 ? `${Math.floor(minutes / 60)} h` : unit(Math.floor(minutes / 1440), "day");
    time.textContent = minutes < 1 ? (gap >= 0 ? "just now" : "in a moment") : gap > 0 ? `${amount} ago` : `in ${amount}`;
  });
  setInterval(refresh, 60000);

  // Menus close on Escape and on a click outside.
  const close = () => all("details.drop[open]").forEach((menu) => { menu.open = false; });
  document.addEventListener("click", (event) => { if (!event.target.closest("details.drop")) close(); });

  // The list.
  const rows = all("[data-row]");
  const box = (row) => one("input[type=checkbox]", row);
  const form = one(".list-form");
  let current = -1, last = -1;
  const show = () => {
    const picked = rows.filter((row) => box(row)?.checked);
    rows.forEach((row) => row.classList.toggle("picked", Boolean(box(row)?.checked)));
    const count = one("[data-count]");
    if (count) count.textContent = picked.length;
    const whole = one("[data-all]");
    if (whole) { whole.checked = picked.length === rows.length && rows.length > 0; whole.indeterminate = picked.length > 0 && !whole.checked; }
  };
  const go = (index) => {
    if (!rows.length) return;
    current = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, place) => place === current ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current"));
    one("h3 a", rows[current]).focus();
    rows[current].scrollIntoView({ block: "nearest" });
  };
  rows.forEach((row, place) => {
    row.addEventListener("focusin", () => { if (current !== place) { current = place; rows.forEach((r, p) => p === place ? r.setAttribute("aria-current", "true") : r.removeAttribute("aria-current")); } });
    box(row)?.addEventListener("click", (event) => {
      if (event.shiftKey && last >= 0) rows.slice(Math.min(last, place), Math.max(last, place) + 1).forEach((r) => { box(r).checked = event.target.checked; });
      last = place;
      show();
    });
  });
  one("[data-all]")?.addEventListener("change", (event) => { rows.forEach((row) => { const b = box(row); if (b) b.checked = event.target.checked; }); show(); });
  if (form) show();

  // Decisions go by the same form; the button says what it does.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.target.method !== "post") return;
    if (button.getAttribute("aria-disabled") === "true") { event.preventDefault(); return; }
    button.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => all("[aria-disabled=true]").forEach((b) => b.removeAttribute("aria-disabled")));

  const press = (action) => {
    if (form) {
      const button = one(`.bulk button[value=${action}]`);
      if (!button) return;
      if (!rows.some((row) => box(row)?.checked) && current >= 0) { box(rows[current]).checked = true; show(); }
      form.requestSubmit(button);
      return;
    }
    const target = one(`[data-key="${action[0]}"]`);
    if (!target) return;
    if (target.tagName === "SUMMARY") { const menu = target.parentElement; menu.open = true; one("input:not([type=hidden])", menu)?.focus(); } else target.closest("form").requestSubmit(target);
  };
  const follow = (href) => { if (href) location.assign(href); };
  const change = document.body.dataset.page === "change" ? document.body.dataset : null;
  const step = (by) => change ? follow(by > 0 ? change.next : change.previous) : go(current + by);
  const keys = {
    j: () => step(1), k: () => step(-1),
    o: () => current >= 0 && one("h3 a", rows[current]).click(),
    x: () => { const b = current >= 0 && box(rows[current]); if (b) { b.checked = !b.checked; show(); } },
    a: () => press("acknowledge"), s: () => press("snooze"), d: () => press("dismiss"),
    c: () => one("#comment")?.focus(), u: () => follow(one("[data-up]")?.href),
    "[": () => follow(one("[data-older]")?.href), "]": () => follow(one("[data-newer]")?.href),
    v: () => { const diff = one("[data-diff]"); if (diff) diff.classList.toggle("only-unified"); },
    "/": () => one("#q")?.focus(), "?": () => follow("/reader#keys"),
  };
  const places = { i: "/", s: "/sources", d: "/deadlines" };
  let waiting = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = one("details.drop[open]");
      close();
      if (menu) one("summary", menu).focus();
      else if (event.target.matches("input, textarea, select")) event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.keys === "off") return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (waiting && Date.now() - waiting < 1500 && places[event.key]) { waiting = 0; event.preventDefault(); follow(places[event.key]); return; }
    waiting = event.key === "g" ? Date.now() : 0;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
