// Buttons, selects and layouts inside messages.

import { bytes, icon, local, make } from "./dom.js";
import { markdown } from "./markdown.js";
import { Chooser, choosable } from "./menu.js";
import { openViewer } from "./viewer.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "secondary" };

export class ComponentView {
  constructor(store, context) {
    this.store = store;
    this.context = context;
  }

  render(message) {
    return message.components.map((part) => this.part(part, message));
  }

  part(part, message) {
    const inner = (parts) => parts.map((child) => this.part(child, message));
    switch (part.type) {
      case 1:
        return make("div.row", {}, inner(part.components));
      case 2:
        return this.button(part, message);
      case 9:
        return make("div.section", {}, make("div", {}, inner(part.components)), part.accessory ? this.part(part.accessory, message) : null);
      case 10:
        return make("div.text", {}, markdown(part.content, this.context));
      case 11:
        return this.pictures([{ ...part.media, description: part.description, spoiler: part.spoiler }], "small");
      case 12:
        return this.pictures(part.items.map((item) => ({ ...item.media, description: item.description, spoiler: item.spoiler })));
      case 13:
        return this.covered(part.spoiler, this.file({ filename: part.name, size: part.size, url: part.file.url }));
      case 14:
        return make(`hr.separator${part.spacing === 2 ? ".wide" : ""}${part.divider === false ? ".bare" : ""}`);
      case 17: {
        const box = make(`div.container${part.accent_color ? ".accent" : ""}`, {}, inner(part.components));
        if (part.accent_color) box.style.setProperty("--embed", `#${part.accent_color.toString(16).padStart(6, "0")}`);
        return this.covered(part.spoiler, box);
      }
      default:
        return part.type >= 3 && part.type <= 8 ? this.select(part, message) : null;
    }
  }

  // A container or a file behind a spoiler: nothing in it can be seen or reached before it is uncovered.
  covered(hidden, inner) {
    if (!hidden) return inner;
    const cover = make("button.cover", { type: "button", "aria-label": "Spoiler, show it" }, make("span", {}, "Spoiler"));
    const box = make("div.covered-part", {}, inner, cover);
    inner.inert = true;
    cover.addEventListener("click", () => {
      inner.inert = false;
      cover.remove();
      box.classList.add("open");
    });
    return box;
  }

  button(part, message) {
    const face = [part.emoji?.name ? make("span", {}, part.emoji.id ? `:${part.emoji.name}:` : part.emoji.name) : null, part.label ? make("span", {}, part.label) : null];
    const look = `button.button.${STYLES[part.style]}`;
    if (part.style === 5) {
      const away = make("span", { "aria-hidden": "true" }, "↗");
      return make(look.replace("button", "a"), { href: part.url, target: "_blank", rel: "noreferrer noopener" }, face, away);
    }
    const press = async () => {
      button.classList.add("busy");
      const result = await this.store.act("press", { message_id: message.id, custom_id: part.custom_id });
      if (result.error) {
        button.classList.remove("busy");
        this.context.fail(message.id, result.error);
      }
    };
    const label = part.label ? null : (part.emoji?.name ?? "button");
    const button = make(look, { type: "button", disabled: Boolean(part.disabled), "aria-label": label, "data-custom-id": part.custom_id, onclick: press }, face);
    return button;
  }

  select(part, message) {
    const chooser = new Chooser(part, choosable(part, this.store, message.channel_id), async (values) => {
      const result = await this.store.act("select", { message_id: message.id, custom_id: part.custom_id, values });
      if (result.error) this.context.fail(message.id, result.error);
    });
    return chooser.element;
  }

  // Room is kept for each picture before it arrives, so that nothing jumps.
  pictures(pictures, size = "") {
    const count = pictures.length;
    const group = make(`div.pictures.${count === 1 ? "one" : "many"}${count % 2 && count > 1 ? ".odd" : ""}${size ? `.${size}` : ""}`);
    group.append(
      ...pictures.map((picture, index) => {
        const image = make("img", { src: local(picture.url), alt: picture.description ?? "", width: picture.width, height: picture.height, decoding: "async" });
        const covered = Boolean(picture.spoiler);
        const label = picture.description ? `Picture: ${picture.description}. Open it` : "Open the picture";
        const show = () => {
          if (!button.classList.contains("covered")) return openViewer(pictures, index);
          button.classList.remove("covered");
          button.setAttribute("aria-label", label);
          return button.querySelector(".cover").remove();
        };
        const cover = covered ? make("span.cover", {}, make("span", {}, "Spoiler")) : null;
        const alt = picture.description ? make("span.alt", { "aria-hidden": "true", title: picture.description }, "ALT") : null;
        const attributes = { type: "button", "aria-label": covered ? "Spoiler picture, show it" : label, onclick: show };
        const button = make(`button.picture${covered ? ".covered" : ""}`, attributes, image, covered ? cover : alt);
        return button;
      }),
    );
    return group;
  }

  file(file) {
    const size = file.size ? make("small", {}, bytes(file.size)) : null;
    const name = make("a", { href: local(file.url), download: file.filename ?? "" }, file.filename ?? "file");
    return make("div.file", {}, icon("file"), make("div", {}, name, size));
  }

  attachments(message) {
    // What a layout or an embed shows already is not shown again below.
    const used = JSON.stringify([message.embeds, message.components]);
    const rest = message.attachments.filter((file) => !used.includes(`/${file.id}/`));
    if (message.flags & 32768) return [];
    const pictures = rest.filter((file) => file.width && file.content_type?.startsWith("image/"));
    const shown = pictures.map((file) => ({ ...file, spoiler: Boolean(file.flags & 8) }));
    const others = rest.filter((file) => !pictures.includes(file));
    return [shown.length ? this.pictures(shown) : null, ...others.map((file) => this.file(file))];
  }

  embed(embed) {
    const text = (value) => markdown(value ?? "", this.context);
    const title = embed.url ? make("a", { href: embed.url, target: "_blank", rel: "noreferrer" }, embed.title) : embed.title;
    const stamp = embed.timestamp ? new Date(embed.timestamp).toLocaleString("en") : null;
    const footer = [embed.footer?.text, stamp].filter(Boolean).join(" • ");
    const image = embed.image;
    const box = make(
      "article.embed",
      {},
      embed.thumbnail ? this.pictures([embed.thumbnail], "small") : null,
      embed.author ? make("div.author", {}, embed.author.name) : null,
      embed.title ? make("div.title", {}, title) : null,
      embed.description ? make("div.text", {}, text(embed.description)) : null,
      embed.fields?.length
        ? make("div.fields", {}, embed.fields.map((field) => make(`div.field${field.inline ? ".inline" : ""}`, {}, make("b", {}, field.name), make("div.text", {}, text(field.value)))))
        : null,
      image ? this.pictures([{ ...image, description: embed.title }], "whole") : null,
      footer ? make("div.footer", {}, footer) : null,
    );
    if (embed.color) box.style.setProperty("--embed", `#${embed.color.toString(16).padStart(6, "0")}`);
    return box;
  }
}
