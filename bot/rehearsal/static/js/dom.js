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

let counter = 0;
export const freshId = (prefix) => `${prefix}-${(counter += 1)}`;

export const dots = () => make("span.dots", { "aria-hidden": "true" }, make("i"), make("i"), make("i"));

export function bytes(size) {
  if (size < 1024) return `${size} B`;
  return size < 1048576 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1048576).toFixed(2)} MB`;
}
