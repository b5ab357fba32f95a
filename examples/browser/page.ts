/**
 * A page that sells videos: a guest gets credits, says what to make, waits, watches, deletes. All that the project has to allow is
 * anonymous sign-in.
 *
 *     npx esbuild examples/browser/page.ts --bundle --format=esm --outdir=examples/browser --servedir=examples/browser \
 *       --define:PROJECT_URL='"http://127.0.0.1:54321"' --define:PUBLISHABLE_KEY='"sb_publishable_…"'
 */
import { createIdempotencyKey, createVidops, isVidopsError, type Model, type Video } from "@vidops/sdk";
import { orderOnce } from "./order-once.ts";
import { speech, translate } from "./texts.ts";
import { paragraph, videoList } from "./video-list.ts";

declare const PROJECT_URL: string;
declare const PUBLISHABLE_KEY: string;

const spoken = speech(navigator.languages);
const { language, say, credits } = spoken;
translate(document, spoken);
const vidops = createVidops({
  url: PROJECT_URL,
  key: PUBLISHABLE_KEY,
  storage: {
    get: (name) => localStorage.getItem(name),
    set: (name, value) => localStorage.setItem(name, value),
    remove: (name) => localStorage.removeItem(name),
  },
  language,
});

const order = element("order", HTMLFormElement);
const prompt = element("prompt", HTMLTextAreaElement);
const button = element("generate", HTMLButtonElement);
/** How many videos are waited for. */
let underWay = 0;
const videos = videoList(element("list", HTMLElement), spoken, (video) => attempt(() => remove(video)));

order.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(make);
});
await attempt(begin);

/** A guest once and for all: the session and the name of this device stay in the browser. */
async function begin(): Promise<void> {
  localStorage.deviceId ??= createIdempotencyKey();
  await vidops.guest.start({ deviceId: localStorage.deviceId, language });
  const [models, page] = await Promise.all([vidops.models.list(), vidops.videos.list(), showBalance()]);
  element("choice", HTMLElement).replaceChildren(...models.map(choice));
  prompt.disabled = false;
  button.disabled = false;
  for (const video of page.items.toReversed()) {
    if (video.status === "completed" || video.status === "failed") videos.show(video);
    // It was under way when the page was left.
    else attempt(() => follow(video.jobId));
  }
}

async function make(): Promise<void> {
  // A form can be submitted without its button.
  if (button.disabled) return;
  button.disabled = true;
  try {
    const chosen = order.querySelector<HTMLInputElement>("[name=model]:checked");
    const expectedCredits = Number(chosen?.dataset.price);
    const wanted = { modelId: chosen?.value ?? "", prompt: prompt.value, expectedCredits };
    const { jobId } = await waiting("sending", () => orderOnce(vidops.videos, wanted));
    await showBalance();
    await follow(jobId);
    prompt.value = "";
  } finally {
    button.disabled = false;
  }
}

/** Waits for a video, says how it stands, and shows what became of it. */
async function follow(jobId: string): Promise<void> {
  const onProgress = (video: Video): void => {
    tell(say(video.status));
    if (video.status === "failed") videos.show(video);
  };
  videos.show(await waiting("pending", () => vidops.videos.waitFor(jobId, { onProgress })));
  tell(say("completed"));
  await showBalance();
}

async function remove(video: Video): Promise<void> {
  if (video.videoUrl !== null && !(await isSure())) return;
  await vidops.videos.delete(video.jobId);
  videos.remove(video.jobId);
  tell(say("deleted"));
  prompt.focus();
}

async function isSure(): Promise<boolean> {
  const dialog = element("sure", HTMLDialogElement);
  dialog.returnValue = "keep";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "delete";
}

async function showBalance(maxAge?: number): Promise<void> {
  const { creditsRemaining } = await vidops.credits.balance({ maxAge });
  const balance = element("balance", HTMLElement);
  balance.textContent = credits(creditsRemaining);
  balance.hidden = false;
}

/** One model to choose, with its price. */
function choice(model: Model, at: number): HTMLLabelElement {
  const label = document.createElement("label");
  label.className = "model";
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "model", value: model.id, checked: at === 0, required: true });
  input.dataset.price = String(model.costPerGeneration);
  const price = document.createElement("span");
  price.className = "soft";
  price.textContent = credits(model.costPerGeneration);
  label.append(input, model.name, price);
  return label;
}

/** Does something that may fail, and shows why it did, in the server's words. */
async function attempt(work: () => Promise<void>): Promise<void> {
  element("trouble", HTMLElement).hidden = true;
  try {
    await work();
  } catch (error) {
    if (!isVidopsError(error)) {
      showTrouble(say("unexpected"));
      throw error;
    }
    const isRefunded = Number(error.details?.credits_refunded) > 0;
    const request = error.requestId === null ? null : `${say("requestId")}: ${error.requestId}`;
    const isRepeatable = error.code === "ERR_6006" && error.details?.idempotency_key !== undefined;
    const more = isRefunded ? say("givenBack") : isRepeatable ? say("askAgain") : null;
    showTrouble(error.message, more, request);
    // Whatever became of it. Where the balance cannot be asked either, that is not what the user should read.
    await showBalance(0).catch(() => {});
  }
}

function showTrouble(message: string, ...more: (string | null)[]): void {
  const trouble = element("trouble", HTMLElement);
  const lines = more.filter((line) => line !== null).map((line) => paragraph(line, "soft"));
  trouble.replaceChildren(paragraph(message), ...lines);
  trouble.hidden = false;
}

/** Says what is waited for while it is. */
async function waiting<T>(stage: "sending" | "pending", work: () => Promise<T>): Promise<T> {
  underWay += 1;
  tell(say(stage));
  try {
    return await work();
  } finally {
    underWay -= 1;
    if (underWay === 0) tell("");
  }
}

/** Says how things stand, and moves while there is something to wait for. */
function tell(text: string): void {
  element("stage", HTMLElement).textContent = text;
  element("progress", HTMLProgressElement).hidden = underWay === 0;
}

function element<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} with the id ${id}.`);
}
