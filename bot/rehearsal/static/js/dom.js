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
  plus: "M11 4h2v7h7v2h-7v7h-2v-7H4v-2h7z",
  more: "M5 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4zm7 0a2 2 0 1 1 0 4 2 2 0 0 1 0-4zm7 0a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  reply: "M10 5 3 12l7 7v-4.5c5 0 8.500 1.600 11 5-1-5-4-10-11-10.500z",
  copy: "M8 2h11a2 2 0 0 1 2 2v12h-2V4H8zM5 6h9a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2z",
  bin: "M9 2h6l1 2h5v2H3V4h5zM5 8h14l-1 14H6z",
  app: "M12 2 3 7v10l9 5 9-5V7zm0 2.300L18.500 8 12 11.700 5.500 8zM5 9.800l6 3.400v6.400l-6-3.300zm14 0v6.500l-6 3.300v-6.400z",
  cross: "M5.400 4 12 10.600 18.600 4 20 5.400 13.400 12l6.600 6.600-1.400 1.400L12 13.400 5.400 20 4 18.600 10.600 12 4 5.400z",
  people: "M9 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm0 10c4 0 7 2 7 4.500V20H2v-1.500C2 16 5 14 9 14zm7-9a3.500 3.500 0 0 1 0 7 6 6 0 0 0 0-7zm2 9.500c2.500.600 4 2 4 4V20h-4v-1.500c0-1.500-.500-2.900-1.500-4z",
  bolt: "M13 2 4 14h7l-1 8 9-12h-7z",
  theme: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2a7 7 0 0 1 0 14z",
  sun: "M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM11 1h2v4h-2zm0 18h2v4h-2zM1 11h4v2H1zm18 0h4v2h-4zM4.200 2.800 7 5.600 5.600 7 2.800 4.200zM18.400 17l2.800 2.800-1.400 1.400-2.800-2.800zM19.800 2.800l1.400 1.400L18.400 7 17 5.600zM5.600 17 7 18.400l-2.800 2.800-1.400-1.400z",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",
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
