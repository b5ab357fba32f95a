import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumProgram } from "../../tests/runtimes/find-programs.ts";
import { type OpenedPage, startPage } from "./open-page.ts";

const missing = chromiumProgram() === null;
let app: OpenedPage;
beforeAll(async () => {
  if (!missing) app = await startPage(1.5);
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
});

const balance = (page: Page) => page.locator("#balance");
const stage = (page: Page) => page.locator("#stage");

/** Waits until the page says something. */
async function says(part: ReturnType<Page["locator"]>, text: string): Promise<void> {
  await part.filter({ hasText: text }).waitFor();
}

/** Orders a video as a person does. */
async function order(page: Page, prompt: string, button: string): Promise<void> {
  await page.getByRole("textbox").fill(prompt);
  await page.getByRole("button", { name: button }).click();
}

describe.skipIf(missing)("the browser page", () => {
  it("lets a guest onboard, generate, wait, watch and delete, and the balance is right at each step", async () => {
    const page = await app.open({ locale: "en-GB" });
    await says(balance(page), "10 credits");
    await page.getByRole("radio", { name: "Grand" }).waitFor();
    expect(await app.books()).toEqual({ balance: 10, ledger: 10 });
    await app.picture(page, "1-onboarded");

    await order(page, "A paper boat on a lake at dawn", "Make the video");
    await says(balance(page), "6 credits");
    await says(stage(page), "Your video is being made…");
    expect(await app.books()).toEqual({ balance: 6, ledger: 6 });
    await app.picture(page, "2-waiting");

    await says(stage(page), "Your video is ready.");
    const video = page.getByLabel("A paper boat on a lake at dawn", { exact: true });
    await video.evaluate(async (screen: HTMLVideoElement) => {
      screen.muted = true;
      await screen.play();
    });
    await expect
      .poll(() => video.evaluate((screen: HTMLVideoElement) => screen.currentTime))
      .toBeGreaterThan(0);
    expect(await app.books()).toEqual({ balance: 6, ledger: 6 });
    await app.picture(page, "3-ready");

    // The same guest, with the same video, and no second grant.
    await page.reload();
    await says(balance(page), "6 credits");
    await page.getByRole("button", { name: /^Delete: A paper boat/ }).click();
    await page.getByRole("dialog", { name: "Delete this video?" }).waitFor();
    await app.picture(page, "4-delete");
    await page.getByRole("button", { name: "Keep it" }).click();
    expect(await page.getByRole("listitem").count()).toBe(1);
    await page.getByRole("button", { name: /^Delete: A paper boat/ }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await says(stage(page), "The video is deleted.");
    expect(await page.getByRole("listitem").count()).toBe(0);
    expect(await balance(page).textContent()).toBe("6 credits");
    expect(await app.books()).toEqual({ balance: 6, ledger: 6 });
  });

  it("gives the credits back and says calmly in Turkish that the provider failed", async () => {
    const page = await app.open({ locale: "tr-TR", width: 390 });
    await says(balance(page), "10 kredi");
    await order(page, "[fail] Göl kıyısında bir kedi", "Videoyu oluştur");
    await says(balance(page), "6 kredi");
    const alert = page.getByRole("alert");
    await says(alert, "Video hizmeti");
    await says(alert, "Kredileriniz iade edildi.");
    expect(await balance(page).textContent()).toBe("10 kredi");
    expect(await app.books()).toEqual({ balance: 10, ledger: 10 });
    expect(await page.getByRole("listitem").textContent()).toContain("Video oluşturulamadı.");
    expect(await alert.textContent()).not.toMatch(/error|null|undefined|ERR_/i);
    await app.picture(page, "5-failed-tr");
  });

  it("takes nothing for what the provider refuses, and says so in Spanish", async () => {
    const page = await app.open({ locale: "es-MX", width: 390, dark: true });
    await says(balance(page), "10 créditos");
    await order(page, "[reject] Un gato", "Crear el vídeo");
    await says(page.getByRole("alert"), "El servicio de vídeo");
    await says(balance(page), "10 créditos");
    expect(await app.books()).toEqual({ balance: 10, ledger: 10 });
    await app.picture(page, "6-refused-es-dark");
  });

  it("says what a video costs that is too dear, and begins none", async () => {
    const page = await app.open({ locale: "tr-TR" });
    await says(balance(page), "10 kredi");
    await page.getByRole("radio", { name: /^Grand/ }).check();
    await order(page, "Bir kedi", "Videoyu oluştur");
    await says(page.getByRole("alert"), "40 krediye ihtiyacınız var, ancak sadece 10 krediniz var.");
    expect(await balance(page).textContent()).toBe("10 kredi");
    expect(await app.books()).toEqual({ balance: 10, ledger: 10 });
    await app.picture(page, "7-too-dear-tr");
  });

  it("goes on waiting for all videos when the page was left meanwhile, also when one of them fails", async () => {
    const page = await app.open({ locale: "en-US", width: 390, dark: true });
    await says(balance(page), "10 credits");
    await order(page, "[slow] A kite", "Make the video");
    await says(balance(page), "6 credits");
    await page.reload();
    await says(balance(page), "6 credits");
    await order(page, "[fail] A boat", "Make the video");
    await says(balance(page), "2 credits");
    await page.reload();
    await says(page.getByRole("alert"), "Your credits are back.");
    await says(stage(page), "Your video is ready.");
    expect(await page.getByRole("listitem").allTextContents()).toEqual([
      expect.stringContaining("[slow] A kite"),
      expect.stringContaining("No video was made."),
    ]);
    expect(await balance(page).textContent()).toBe("6 credits");
    expect(await app.books()).toEqual({ balance: 6, ledger: 6 });
    await app.picture(page, "8-ready-dark");
  });

  it("pays once when no answer came and the person asks again, and shows what was paid meanwhile", async () => {
    const page = await app.open({ locale: "en-US" });
    await says(balance(page), "10 credits");
    // Each attempt arrives, and no answer comes back.
    await page.route("**/generate-video", async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    });
    await order(page, "A kite", "Make the video");
    await says(page.getByRole("alert"), "You can ask again: it is paid for once only.");
    await says(balance(page), "6 credits");
    await app.picture(page, "9-unknown");
    await page.unroute("**/generate-video");
    await page.getByRole("button", { name: "Make the video" }).click();
    await says(stage(page), "Your video is ready.");
    expect(await page.getByRole("listitem").count()).toBe(1);
    expect(await app.books()).toEqual({ balance: 6, ledger: 6 });
    // What is asked for after that is another one.
    await order(page, "A kite", "Make the video");
    await says(balance(page), "2 credits");
  });

  it("orders once when its form is submitted thrice, on a page without a secure context too", async () => {
    const page = await app.open({ locale: "en-US" });
    await page.addInitScript(() => Object.assign(crypto, { randomUUID: undefined }));
    await says(balance(page), "10 credits");
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.getByRole("radio", { name: "Grand" }).waitFor();
    await page.getByRole("textbox").fill("A kite");
    await page.locator("#order").evaluate((form: HTMLFormElement) => {
      for (let times = 0; times < 3; times++) form.requestSubmit();
    });
    await says(stage(page), "Your video is ready.");
    const [jobs] = await app.stack.sql`
      select count(*)::int as jobs from public.video_jobs where user_id = (select id from public.users order by created_at desc limit 1)`;
    expect(jobs).toEqual({ jobs: 1 });
  });

  it("holds no key but the publishable one, and sends no other", async () => {
    const { publishableKey, secretKey, serviceRoleKey, jwtSecret } = app.stack;
    const page = await app.open({ locale: "en-US" });
    const sent: string[] = [];
    page.on("request", (request) => {
      const { apikey } = request.headers();
      if (apikey !== undefined) sent.push(apikey);
    });
    await page.reload();
    await page.getByRole("radio", { name: "Grand" }).waitFor();
    expect(sent.length).toBeGreaterThan(3);
    expect(new Set(sent)).toEqual(new Set([publishableKey]));
    const script = await page.evaluate(async () => (await fetch("/page.js")).text());
    expect(script).toContain(publishableKey);
    for (const secret of [secretKey, serviceRoleKey, jwtSecret]) expect(script).not.toContain(secret);
  });
});
