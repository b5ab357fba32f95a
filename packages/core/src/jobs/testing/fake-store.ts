import { VidopsError } from "../../errors/index.ts";
import type { ProvidedVideo, VideoStore } from "../video-store.ts";

/** A store that keeps what it was told, and fails as often as a test says. */
export interface FakeStore extends VideoStore {
  readonly saved: ProvidedVideo[];
  failing: number;
}

/** Makes one. @returns the store */
export function createFakeStore(): FakeStore {
  const store: FakeStore = {
    saved: [],
    failing: 0,
    save: async (video) => {
      // A copy takes a while, in which others come.
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (store.failing > 0) {
        store.failing -= 1;
        throw new VidopsError({ code: "ERR_6002", reason: "storage_failed", message: "The disk is full." });
      }
      store.saved.push(video);
      return `${video.userId}/${video.jobId}.mp4`;
    },
    sign: async (paths) => paths.map((path) => `https://example.com/${path}?token=1`),
    remove: async () => {},
  };
  return store;
}
