// Files on their way: shown as they will be sent, to be looked over, hidden behind a spoiler or taken out again.

import { bytes, icon, make } from "./dom.js";

export class Tray {
  constructor({ store, channelId, most = 10, spoilers = false, changed = () => {}, complain = () => {} }) {
    Object.assign(this, { store, channelId, most, spoilers, changed, complain });
    this.files = [];
    this.picker = make("input.unseen", { type: "file", tabIndex: -1, "aria-hidden": "true", multiple: most > 1, onchange: () => this.picked() });
    this.list = make("ul.tray", { role: "list", "aria-label": "Files to send", hidden: true });
    this.element = make("div", {}, this.list, this.picker);
  }

  get busy() {
    return this.files.some((file) => !file.id);
  }

  get sent() {
    return this.files.filter((file) => file.id).map(({ id, spoiler }) => ({ id, spoiler }));
  }

  // Where a complaint about a file is shown is known only when the tray has its place.
  listen(complain) {
    this.complain = complain;
  }

  choose() {
    this.picker.click();
  }

  picked() {
    this.add([...this.picker.files]);
    this.picker.value = ""; // the same file can be picked again
  }

  async add(files) {
    const room = this.most - this.files.length;
    if (files.length > room) this.complain(this.most === 1 ? "Only one file fits here." : `At most ${this.most} files fit here.`);
    const fresh = files.slice(0, Math.max(0, room)).map((file) => ({ file, id: null, spoiler: false }));
    this.files.push(...fresh);
    this.draw();
    await Promise.all(
      fresh.map(async (one) => {
        const result = await this.store.upload(one.file, this.channelId());
        if (result.error) {
          this.files = this.files.filter((other) => other !== one);
          this.complain(`${one.file.name}: ${result.error}`);
        } else one.id = result.attachment.id;
        this.draw();
      }),
    );
  }

  clear() {
    this.files = [];
    this.draw();
  }

  draw() {
    this.list.hidden = this.files.length === 0;
    this.list.replaceChildren(...this.files.map((one) => this.item(one)));
    this.changed();
  }

  item(one) {
    const { file } = one;
    one.preview ??= file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    const face = one.preview ? make("img", { src: one.preview, alt: "" }) : icon("file");
    const remove = () => {
      this.files = this.files.filter((other) => other !== one);
      this.draw();
    };
    const hide = () => {
      one.spoiler = !one.spoiler;
      this.draw();
    };
    const cover = this.spoilers ? make("button", { type: "button", title: "Spoiler", "aria-label": `Hide ${file.name} behind a spoiler`, "aria-pressed": String(one.spoiler), onclick: hide }, icon("eye")) : null;
    const bin = make("button", { type: "button", title: "Remove", "aria-label": `Remove ${file.name}`, onclick: remove }, icon("cross"));
    return make(
      `li.waiting-file${one.spoiler ? ".hidden-file" : ""}${one.id ? "" : ".loading-file"}`,
      {},
      make("div.face", {}, face),
      make("div.what", {}, make("span", {}, file.name), make("small", {}, one.id ? bytes(file.size) : "Loading…")),
      make("div.acts", {}, cover, bin),
    );
  }
}
