import { describe, expect, it } from "vitest";
import { requireVideoUrl } from "./video-url.ts";

describe("requireVideoUrl", () => {
  it.each([
    "https://v3.fal.media/files/kite.mp4",
    "https://dnznrvs05pmza.cloudfront.net/a/b.mp4?_jwt=x",
    "https://203.0.113.7/kite.mp4",
    "https://[2001:db8::1]/kite.mp4",
    "https://storage.example.com:8443/kite.mp4",
  ])("lets %s pass", (url) => {
    expect(requireVideoUrl(url, false).href).toBe(url);
  });

  it.each([
    "kite.mp4",
    "",
    "http://v3.fal.media/files/kite.mp4",
    "ftp://v3.fal.media/kite.mp4",
    "file:///etc/passwd",
    "data:video/mp4;base64,AAAA",
    "https://user:password@v3.fal.media/kite.mp4",
    "https://localhost/kite.mp4",
    "https://localhost./kite.mp4",
    "https://LOCALHOST/kite.mp4",
    "https://a.localhost/kite.mp4",
    "https://metadata.google.internal/computeMetadata/v1",
    "https://nas.local/kite.mp4",
    "https://router/kite.mp4",
    "https://127.0.0.1/kite.mp4",
    "https://127.1/kite.mp4",
    "https://0x7f000001/kite.mp4",
    "https://2130706433/kite.mp4",
    "https://017700000001/kite.mp4",
    "https://10.0.0.1/kite.mp4",
    "https://172.16.0.1/kite.mp4",
    "https://192.168.1.1/kite.mp4",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/kite.mp4",
    "https://0.0.0.0/kite.mp4",
    "https://255.255.255.255/kite.mp4",
    "https://[::1]/kite.mp4",
    "https://[::]/kite.mp4",
    "https://[::ffff:127.0.0.1]/kite.mp4",
    "https://[::ffff:a9fe:a9fe]/kite.mp4",
    "https://[64:ff9b::7f00:1]/kite.mp4",
    "https://[2002:7f00:1::]/kite.mp4",
    "https://[fd00::1]/kite.mp4",
    "https://[fe80::1]/kite.mp4",
  ])("refuses %s", (url) => {
    expect(() => requireVideoUrl(url, false)).toThrow(
      expect.objectContaining({ code: "ERR_5002", reason: "video_url_refused" }),
    );
  });

  it("lets this machine pass where that is allowed, over http too, and no other machine", () => {
    for (const url of ["http://127.0.0.1:4000/a.mp4", "https://localhost/a.mp4", "http://[::1]:4000/a.mp4"]) {
      expect(requireVideoUrl(url, true).href).toBe(url);
    }
    for (const url of [
      "http://10.0.0.1/a.mp4",
      "https://10.0.0.1/a.mp4",
      "http://v3.fal.media/a.mp4",
      "ftp://localhost/",
    ]) {
      expect(() => requireVideoUrl(url, true)).toThrow(/not fetched/);
    }
  });
});
