// Making elements without ever parsing HTML: nothing that a bot or a member writes can become markup.

export function make(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.includes("-") && key !== "list") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// What Discord would load from its CDN lies on this page's own server. The signature is dropped: a link that is the
// same after every edit lets the browser keep the picture it already shows.
export function local(url) {
  const match = /^https:\/\/(?:cdn\.discordapp\.com|media\.discordapp\.net)(\/[^?]*)/.exec(url ?? "");
  return match ? `/cdn${match[1]}` : url;
}

export function avatar(person, size = "") {
  const face = make(`span.avatar${size ? `.${size}` : ""}`, { "aria-hidden": "true" });
  if (person.bot) {
    face.append(make("img", { src: "/static/icon.svg", alt: "" }));
  } else {
    face.style.background = person.color;
    face.textContent = person.name[0];
  }
  return face;
}

// Our own signs are drawn, because not every computer has a font with emoji.
const ICONS = {
  eye: "M12 6C7 6 3.4 9.3 2 12c1.4 2.7 5 6 10 6s8.6-3.3 10-6c-1.4-2.7-5-6-10-6zm0 9.5a3.5 3.5 0 1 1 0-7 3.5 3.5 0 0 1 0 7z",
  warning: "M12 3 1.5 21h21zm-1 7h2v5h-2zm0 6.5h2v2h-2z",
  file: "M6 2h8l5 5v15H6zm7 1.5V8h4.5z",
  send: "M3.4 20.4 21 12 3.4 3.6 3.4 10l10 2-10 2z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

let counter = 0;
export const freshId = (prefix) => `${prefix}-${(counter += 1)}`;

export const dots = () => make("span.dots", { "aria-hidden": "true" }, make("i"), make("i"), make("i"));

export function bytes(size) {
  if (size < 1024) return `${size} B`;
  return size < 1048576 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1048576).toFixed(2)} MB`;
}
