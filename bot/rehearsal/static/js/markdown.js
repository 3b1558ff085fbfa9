// Discord's markdown, as nodes.

import { make } from "./dom.js";

const INLINE = [
  [/^\\([^\w\s])/, (m) => m[1]],
  [/^```(?:([\w+-]*)\n)?([\s\S]+?)```/, (m) => make("pre", {}, make("code", {}, m[2].replace(/\n$/, "")))],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (m) => make("code", {}, m[2].trim() || m[2])],
  [/^\*\*\*([\s\S]+?)\*\*\*(?!\*)/, (m, c) => make("strong", {}, make("em", {}, inline(m[1], c)))],
  [/^\*\*([\s\S]+?)\*\*(?!\*)/, (m, c) => make("strong", {}, inline(m[1], c))],
  [/^__([\s\S]+?)__(?!_)/, (m, c) => make("u", {}, inline(m[1], c))],
  [/^\*(?=\S)([^*]*?\S)\*(?!\*)/, (m, c) => make("em", {}, inline(m[1], c))],
  [/^_(?=\S)([^_]*?\S)_(?![\w_])/, (m, c) => make("em", {}, inline(m[1], c)), true],
  [/^~~([\s\S]+?)~~/, (m, c) => make("s", {}, inline(m[1], c))],
  [/^\|\|([\s\S]+?)\|\|/, (m, c) => spoiler(inline(m[1], c))],
  [/^\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?\)/, (m, c) => link(m[2], inline(m[1], c))],
  [/^<(https?:\/\/[^\s>]+)>/, (m) => link(m[1], [m[1]])],
  [/^https?:\/\/[^\s<>]*[^\s<>.,:;"'\])!?*_~|]/, (m) => link(m[0], [m[0]])],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (m) => stamp(Number(m[1]), m[2] ?? "f")],
  [/^<@!?(\d+)>/, (m, c) => mention(`@${c.person(m[1])}`)],
  [/^<@&(\d+)>/, (m, c) => mention(`@${c.role(m[1])}`)],
  [/^<#(\d+)>/, (m, c) => mention(`#${c.channel(m[1])}`)],
  [/^<\/([^:>]+):\d+>/, (m) => mention(`/${m[1]}`)],
  [/^<a?:(\w+):\d+>/, (m) => `:${m[1]}:`],
  [/^@(?:everyone|here)\b/, (m) => mention(m[0])],
];
const PLAIN = /^[^\\`*_~|[<@h]+|^[\s\S]/;

function inline(text, context) {
  const nodes = [];
  let before = "";
  while (text) {
    let taken = null;
    for (const [pattern, build, atWordStart] of INLINE) {
      if (atWordStart && /\w$/.test(before)) continue;
      const match = pattern.exec(text);
      if (match) {
        taken = match[0];
        nodes.push(build(match, context));
        break;
      }
    }
    if (taken === null) {
      taken = PLAIN.exec(text)[0];
      nodes.push(taken);
    }
    before = taken;
    text = text.slice(taken.length);
  }
  return nodes;
}

const mention = (text) => make("span.mention", {}, text);
const link = (href, children) => make("a", { href, target: "_blank", rel: "noreferrer noopener" }, children);

function spoiler(children) {
  const open = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    const cover = event.currentTarget;
    cover.classList.add("open");
    cover.removeAttribute("aria-label");
    cover.removeAttribute("role");
  };
  const inner = make("span", {}, children);
  return make("span.spoiler", { role: "button", tabIndex: 0, "aria-label": "Spoiler, show it", onclick: open, onkeydown: open }, inner);
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function relative(seconds) {
  const away = seconds - Date.now() / 1000;
  const [unit, size] = UNITS.find(([, span]) => Math.abs(away) >= span) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(away / size), unit);
}

function stamp(seconds, style) {
  const moment = new Date(seconds * 1000);
  const full = new Intl.DateTimeFormat("en", STYLES.F);
  if (Number.isNaN(moment.getTime())) return "";
  const text = style === "R" ? relative(seconds) : new Intl.DateTimeFormat("en", STYLES[style]).format(moment);
  return make("time.stamp", { dateTime: moment.toISOString(), title: full.format(moment), "data-relative": style === "R" ? seconds : null }, text);
}

// "in 12 seconds" goes on being true.
setInterval(() => {
  for (const node of document.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(node.dataset.relative));
    if (node.textContent !== text) node.textContent = text;
  }
}, 1000);

// Whole lines first: headings, quotes, lists and small print; then what is inside them.
export function markdown(text, context) {
  const out = [];
  const code = /```(?:[\w+-]*\n)?[\s\S]+?```/g;
  let last = 0;
  for (const match of text.matchAll(code)) {
    lines(text.slice(last, match.index).replace(/\n$/, ""), context, out);
    out.push(...inline(match[0], context));
    last = match.index + match[0].length;
    if (text[last] === "\n") last += 1;
  }
  lines(text.slice(last), context, out);
  return out;
}

function lines(text, context, out) {
  if (!text) return;
  const all = text.split("\n");
  let pending = [];
  const flush = () => {
    if (pending.length) out.push(...inline(pending.join("\n"), context));
    pending = [];
  };
  for (let at = 0; at < all.length; at += 1) {
    const line = all[at];
    const heading = /^(#{1,3}) +(.+)/.exec(line);
    const small = /^-# +(.+)/.exec(line);
    if (heading) {
      flush();
      out.push(make(`h${heading[1].length}`, {}, inline(heading[2], context)));
    } else if (small) {
      flush();
      out.push(make("div.subtext", {}, inline(small[1], context)));
    } else if (/^>>> /.test(line)) {
      flush();
      const rest = [line.slice(4), ...all.slice(at + 1)].join("\n");
      out.push(make("blockquote", {}, markdown(rest, context)));
      return;
    } else if (/^> /.test(line)) {
      flush();
      const quoted = [];
      while (at < all.length && /^> ?/.test(all[at])) quoted.push(all[at++].replace(/^> ?/, ""));
      at -= 1;
      out.push(make("blockquote", {}, markdown(quoted.join("\n"), context)));
    } else if (/^\s*(?:[-*]|\d+\.) +\S/.test(line)) {
      flush();
      const items = [];
      const ordered = /^\s*\d+\./.test(line);
      while (at < all.length && /^\s*(?:[-*]|\d+\.) +\S/.test(all[at])) items.push(all[at++].replace(/^\s*(?:[-*]|\d+\.) +/, ""));
      at -= 1;
      out.push(make(ordered ? "ol" : "ul", {}, items.map((item) => make("li", {}, inline(item, context)))));
    } else pending.push(line);
  }
  flush();
}
