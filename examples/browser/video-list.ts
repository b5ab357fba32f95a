import type { Video } from "@vidops/sdk";
import type { Speech } from "./texts.ts";

/** A list of a user's videos, newest first. */
export interface VideoList {
  /** Shows a video, in place of what was shown of it before. */
  show(video: Video): void;
  remove(jobId: string): void;
}

/**
 * Keeps the page's list of videos.
 *
 * @param list a `ul`, inside of what is hidden while there is no video
 * @param onDelete is told which video the user wants deleted
 */
export function videoList(list: HTMLElement, { say }: Speech, onDelete: (video: Video) => void): VideoList {
  const items = new Map<string, HTMLLIElement>();
  const section = list.closest("section");

  function update(): void {
    if (section !== null) section.hidden = items.size === 0;
  }

  return {
    show(video) {
      const item = document.createElement("li");
      const about = document.createElement("div");
      about.className = "about";
      about.append(caption(video), deleteButton(video));
      if (video.videoUrl !== null) item.append(player(video, video.videoUrl));
      item.append(about);
      const before = items.get(video.jobId);
      if (before === undefined) list.prepend(item);
      else before.replaceWith(item);
      items.set(video.jobId, item);
      update();
    },
    remove(jobId) {
      items.get(jobId)?.remove();
      items.delete(jobId);
      update();
    },
  };

  function caption(video: Video): HTMLElement {
    const text = document.createElement("div");
    text.append(paragraph(video.prompt ?? ""), paragraph(video.modelName ?? "", "soft"));
    if (video.videoUrl === null) text.append(paragraph(say("failed"), "soft"));
    return text;
  }

  function deleteButton(video: Video): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "danger";
    button.textContent = say("delete");
    button.setAttribute("aria-label", `${say("delete")}: ${video.prompt ?? ""}`);
    button.addEventListener("click", () => onDelete(video));
    return button;
  }
}

function player(video: Video, url: string): HTMLVideoElement {
  const screen = document.createElement("video");
  Object.assign(screen, { src: url, controls: true, playsInline: true, loop: true, preload: "metadata" });
  screen.setAttribute("aria-label", video.prompt ?? "");
  return screen;
}

/** A paragraph of plain text. */
export function paragraph(text: string, className = ""): HTMLParagraphElement {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}
