// The menu that opens on a message or a person: at the pointer, or from the bottom of a phone's screen.

import { icon, make } from "./dom.js";

let open = null;

// Entries are {label, run, icon, danger} or {heading}.
export function openMenu({ label, entries, at, back = document.activeElement }) {
  open?.close();
  const items = entries.map((entry) =>
    entry.heading
      ? make("li.heading", { role: "presentation" }, entry.heading)
      : make("li", { role: "none" }, make(`button.entry${entry.danger ? ".danger" : ""}`, { type: "button", role: "menuitem", tabIndex: -1, onclick: () => choose(entry) }, make("span", {}, entry.label), entry.icon ? icon(entry.icon) : null)),
  );
  const menu = make("ul.popup", { role: "menu", "aria-label": label }, items);
  const curtain = make("div.popup-curtain", {}, menu);
  const buttons = [...menu.querySelectorAll("button")];

  function close(returns = true) {
    if (open?.menu !== menu) return;
    open = null;
    curtain.remove();
    if (returns && back?.isConnected) back.focus();
  }
  function choose(entry) {
    close();
    entry.run();
  }
  function go(step) {
    const now = buttons.indexOf(document.activeElement);
    buttons[(now + step + buttons.length) % buttons.length]?.focus();
  }
  menu.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) go(moves[event.key]);
    else if (event.key === "Home") buttons[0]?.focus();
    else if (event.key === "End") buttons.at(-1)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else {
      const letter = event.key.toLowerCase();
      const after = [...buttons, ...buttons].slice(buttons.indexOf(document.activeElement) + 1);
      const found = letter.length === 1 && after.find((button) => button.textContent.toLowerCase().startsWith(letter));
      if (!found) return;
      found.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  });
  curtain.addEventListener("pointerdown", (event) => {
    if (event.target !== curtain) return;
    event.preventDefault();
    close();
  });
  curtain.addEventListener("contextmenu", (event) => event.preventDefault());
  open = { menu, close };
  document.body.append(curtain);
  place(menu, at);
  buttons[0]?.focus({ preventScroll: true });
}

function place(menu, at) {
  if (matchMedia("(max-width: 760px)").matches) return; // the style sheet puts it at the bottom
  const box = at instanceof Element ? at.getBoundingClientRect() : null;
  const { x, y } = box ? { x: box.right - menu.offsetWidth, y: box.bottom + 4 } : at;
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
}

// `show(at)` is called for a right click, the keyboard's menu key, and a long press on a touch screen.
export function onMenu(element, show) {
  let timer = null;
  const skip = (target) => target.closest("a, input, textarea") || String(getSelection());
  element.addEventListener("contextmenu", (event) => {
    clearTimeout(timer);
    if (skip(event.target)) return;
    const byKey = event.clientX === 0 && event.clientY === 0;
    if (show(byKey ? event.target : { x: event.clientX, y: event.clientY }, event.target) === false) return;
    event.preventDefault();
  });
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || skip(event.target)) return;
    const { clientX: x, clientY: y, target } = event;
    timer = setTimeout(() => show({ x, y }, target), 480);
  });
  for (const name of ["pointerup", "pointercancel", "pointermove"]) element.addEventListener(name, () => clearTimeout(timer));
}
