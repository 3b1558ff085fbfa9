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
    Object.assign(image, { src: local(picture.url), alt: picture.description ?? "" });
    // A small picture is enlarged to be seen, a large one made to fit.
    const { width, height } = picture;
    const room = Math.min((innerWidth * 0.92) / width, (innerHeight - 110) / height);
    const scale = Math.min(room, Math.max(1, (Math.min(innerWidth, innerHeight) * 0.7) / Math.max(width, height)));
    if (width && height) Object.assign(image.style, { width: `${width * scale}px`, height: `${height * scale}px` });
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
