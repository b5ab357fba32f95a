import { fetchWithRetry } from "@vidops/core/http";
import { type Behaviour, equal, failure, type Options, quick } from "./behaviour.ts";

/** What the program did wrong stays what `fetch` throws, and is not tried twice. */
export const mistakeBehaviours: readonly Behaviour[] = mistakes();

function mistakes(): Behaviour[] {
  const once = async (input: string, options: Options): Promise<void> => {
    const retries: unknown[] = [];
    const error = await failure(
      fetchWithRetry(input, options, { ...quick, onRetry: (event) => void retries.push(event) }),
    );
    equal([retries.length, error.name], [0, "TypeError"]);
  };
  const saysTheSame = { chromium: "says the same as of a connection that was lost" };
  return [
    {
      name: "does not repeat an unknown scheme",
      not: saysTheSame,
      check: () => once("nope://127.0.0.1/", {}),
    },
    { name: "does not repeat an invalid URL", check: () => once("http://[", {}) },
    {
      name: "does not repeat GET with a body",
      check: ({ url }) => once(url("200"), { method: "GET", body: "x" }),
    },
    {
      name: "does not repeat an invalid header",
      check: ({ url }) => once(url("200"), { headers: { "x-note": "a\nb" } }),
    },
    {
      name: "does not repeat a redirect that was not wanted",
      not: saysTheSame,
      check: ({ url }) => once(url("redirect"), { redirect: "error" }),
    },
    {
      name: "does not repeat redirects in a circle",
      not: saysTheSame,
      check: ({ url }) => once(url("redirect-loop"), {}),
    },
    {
      name: "does not repeat a Request whose body was read",
      check: async ({ url, seen }) => {
        const request = new Request(url("200"), { method: "POST", body: "once" });
        await request.text();
        equal((await failure(fetchWithRetry(request, {}, quick))).name, "TypeError");
        equal((await seen()).length, 0);
      },
    },
  ];
}
