import type { VideoJob } from "@vidops/sdk";
import type { Speech } from "./texts.ts";

/** A list of a user's videos, newest first. */
export interface VideoList {
  /** Shows a job, in place of what was shown of it before. */
  show(job: VideoJob): void;
  remove(jobId: string): void;
}

/**
 * Keeps the page's list of videos.
 *
 * @param list a `ul`, inside of what is hidden while there is no video
 * @param onDelete is told which video the user wants deleted
 */
export function videoList(list: HTMLElement, { say }: Speech, onDelete: (job: VideoJob) => void): VideoList {
  const items = new Map<string, HTMLLIElement>();
  const section = list.closest("section");

  function update(): void {
    if (section !== null) section.hidden = items.size === 0;
  }

  return {
    show(job) {
      const item = document.createElement("li");
      const about = document.createElement("div");
      about.className = "about";
      about.append(caption(job), deleteButton(job));
      if (job.videoUrl !== null) item.append(player(job, job.videoUrl));
      item.append(about);
      const before = items.get(job.jobId);
      if (before === undefined) list.prepend(item);
      else before.replaceWith(item);
      items.set(job.jobId, item);
      update();
    },
    remove(jobId) {
      items.get(jobId)?.remove();
      items.delete(jobId);
      update();
    },
  };

  function caption(job: VideoJob): HTMLElement {
    const text = document.createElement("div");
    text.append(paragraph(job.prompt ?? ""), paragraph(job.modelName, "soft"));
    if (job.error !== null) text.append(paragraph(job.error.message, "soft"));
    return text;
  }

  function deleteButton(job: VideoJob): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "danger";
    button.textContent = say("delete");
    button.setAttribute("aria-label", `${say("delete")}: ${job.prompt}`);
    button.addEventListener("click", () => onDelete(job));
    return button;
  }
}

function player(job: VideoJob, url: string): HTMLVideoElement {
  const video = document.createElement("video");
  Object.assign(video, { src: url, controls: true, playsInline: true, loop: true, preload: "metadata" });
  video.setAttribute("aria-label", job.prompt ?? "");
  return video;
}

function paragraph(text: string, className = ""): HTMLParagraphElement {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}
