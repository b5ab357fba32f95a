import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumProgram } from "../../tests/runtimes/find-programs.ts";

/** The page in a browser, over the real functions. */
export interface OpenedPage {
  readonly stack: TestStack;
  /** Opens the page as somebody new: with a browser of that language and size, and nothing kept. */
  open(look: { readonly locale: string; readonly width?: number; readonly dark?: boolean }): Promise<Page>;
  /** The balance and what the ledger sums up to, of whoever came last. */
  books(): Promise<unknown>;
  /** Takes a picture where VIDOPS_SCREENSHOTS names a folder; else nothing. */
  picture(page: Page, name: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const types: Readonly<Record<string, string>> = { html: "text/html", css: "text/css", js: "text/javascript" };

/**
 * Starts a stack with the functions in Deno and a provider that makes videos offline, serves the page as an app would bundle it, and
 * starts Chromium.
 *
 * @param seconds how long a video takes; one whose prompt says [slow] takes three times as long
 */
export async function startPage(seconds: number): Promise<OpenedPage> {
  const stack = await createTestStack({ functions: { pace: { seconds, slowSeconds: 3 * seconds } } });
  await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id, is_featured)
    values ('Swift', 4, 'fal', 'fal-ai/veo3.1', true), ('Grand', 40, 'fal', 'fal-ai/veo3.1', false)`;
  // Everybody here has one address.
  await stack.sql`delete from public.rate_limit_rules where per = 'ip'`;
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "page.ts")],
    ...{ bundle: true, write: false, minify: true, format: "esm", target: "es2022", logLevel: "error" },
    define: {
      PROJECT_URL: JSON.stringify(stack.url),
      PUBLISHABLE_KEY: JSON.stringify(stack.publishableKey),
    },
  });
  const script = outputFiles[0]?.text ?? "";
  const server = createServer(({ url = "/" }, response) => {
    const name = url === "/" ? "index.html" : url.slice(1);
    if (!/^[\w-]+\.(?:html|css|js)$/.test(name)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[name.split(".")[1] ?? ""] ?? "" });
    response.end(name === "page.js" ? script : readFileSync(join(import.meta.dirname, name)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser: Browser = await chromium.launch({ executablePath: chromiumProgram() ?? "" });
  return {
    stack,
    async open({ locale, width = 1280, dark = false }) {
      const viewport = { width, height: width < 600 ? 844 : 800 };
      const context = await browser.newContext({ locale, viewport, colorScheme: dark ? "dark" : "light" });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      await page.goto(address);
      return page;
    },
    async books() {
      const [row] = await stack.sql`
        select credits_remaining as balance, (select sum(change)::int from public.quota_log where user_id = u.id) as ledger
        from public.users u order by created_at desc limit 1`;
      return row;
    },
    async picture(page, name) {
      const { VIDOPS_SCREENSHOTS: folder } = process.env;
      if (folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      // What lies over the page covers what is in sight of it.
      const fullPage = (await page.getByRole("dialog").count()) === 0;
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      server.close();
      await stack[Symbol.asyncDispose]();
    },
  };
}
