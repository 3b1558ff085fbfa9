// The large view of a picture.

import { local, make } from "./dom.js";

let dialog = null;

export function openViewer(pictures, index) {
  dialog?.remove();
  const image = make("img", { alt: "" });
  const words = make("span");
  const original = make("a", { target: "_blank", rel: "noreferrer" }, "Open original");
  const show = (to) => {
    index = (to + pictures.length) % pictures.length;
    const picture = pictures[index];
    Object.assign(image, { src: local(picture.url), alt: picture.description ?? "", width: picture.width, height: picture.height });
    words.textContent = picture.description || picture.filename || "";
    original.href = local(picture.url);
  };
  const many = pictures.length > 1;
  dialog = make(
    "dialog.viewer",
    { "aria-label": "Picture" },
    make("figure", {}, image, make("figcaption", {}, words, original)),
    many ? make("button.before", { type: "button", "aria-label": "Previous picture", onclick: () => show(index - 1) }, "‹") : null,
    many ? make("button.after", { type: "button", "aria-label": "Next picture", onclick: () => show(index + 1) }, "›") : null,
    make("button.close", { type: "button", "aria-label": "Close", autofocus: true, onclick: () => dialog.close() }, "×"),
  );
  dialog.addEventListener("keydown", (event) => {
    if (many && event.key === "ArrowLeft") show(index - 1);
    if (many && event.key === "ArrowRight") show(index + 1);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show(index);
  dialog.showModal();
}
