import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

// CI runs tests once more under LANG=tr_TR.UTF-8. On a machine or a Node for which that means nothing, it would prove nothing.
it("LANG makes Node write numbers, dates and orders as Turks do, also where no such locale is installed", () => {
  const { stdout } = spawnSync(
    process.execPath,
    [
      "-p",
      "[(12345.5).toLocaleString(), new Date(0).toLocaleDateString(), ['ı', 'h', 'i'].sort(new Intl.Collator().compare)].join(' ')",
    ],
    { env: { ...process.env, LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "UTC" } },
  );
  expect(stdout.toString().trim()).toBe("12.345,5 01.01.1970 h,ı,i");
});
