/**
 * A server that carries out one order and dies on the way: it kills itself before its n-th request leaves, or once that was answered.
 * Its instructions come as JSON in `ORDER`; when it lives to the end it prints how many requests it made.
 */
import { createClient } from "@supabase/supabase-js";
import { createSupabaseVideoStore, generate, getGeneration, settleGeneration } from "@vidops/core/jobs";
import { createFal, developmentFetch } from "@vidops/core/providers";
import type { MortalOrder } from "./crashing-app.ts";

const { url, key, providerUrl, dieAt, when, ...order } = JSON.parse(process.env.ORDER ?? "") as MortalOrder;

let requests = 0;
const realFetch = globalThis.fetch;
const die = async (): Promise<never> => {
  process.kill(process.pid, "SIGKILL");
  return await new Promise(() => {});
};
const mortalFetch: typeof globalThis.fetch = async (input, init) => {
  requests += 1;
  const last = requests === dieAt;
  if (last && when === "before") await die();
  const answer = realFetch(input, init);
  // Sent, but nobody is there any more when the answer comes.
  if (last && when === "meanwhile") setTimeout(die, 1);
  const response = await answer;
  if (last) await die();
  return response;
};

const client = createClient(url, key, { global: { fetch: mortalFetch }, auth: { persistSession: false } });
const db = client;
const fetch = developmentFetch(providerUrl, mortalFetch);
const fal = createFal({
  apiKey: "development",
  webhookUserId: "development",
  http: { fetch, maxRetries: 0 },
});
const store = createSupabaseVideoStore(client.storage, { fetch, allowLoopback: true });
const providers = { fal };
try {
  const { answer } = await generate({ ...order, limits: [] }, { db, providers });
  // Longer than the provider takes, so that each run makes the same requests.
  await new Promise((resolve) => setTimeout(resolve, 150));
  const { job } = await getGeneration(db, { userId: order.userId, jobId: answer.jobId });
  await settleGeneration(job, { db, providers, store });
} catch (error) {
  console.error(error);
}
console.log(requests);
process.exit(0);
