/**
 * A page that sells videos: a guest gets credits, says what to make, waits, watches, deletes. All that the project has to allow is
 * anonymous sign-in.
 *
 *     npx esbuild examples/browser/page.ts --bundle --format=esm --outdir=examples/browser --servedir=examples/browser \
 *       --define:PROJECT_URL='"http://127.0.0.1:54321"' --define:PUBLISHABLE_KEY='"sb_publishable_…"'
 */
import { createVidops, isVidopsError, type Model, type Video } from "@vidops/sdk";
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
const videos = videoList(element("list", HTMLElement), spoken, (video) => attempt(() => remove(video)));

order.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(make);
});
await attempt(begin);

/** A guest once and for all: the session and the name of this device stay in the browser. */
async function begin(): Promise<void> {
  localStorage.deviceId ??= crypto.randomUUID();
  await vidops.guest.start({ deviceId: localStorage.deviceId, language });
  const [models, page] = await Promise.all([vidops.models.list(), vidops.videos.list(), showBalance()]);
  element("choice", HTMLElement).replaceChildren(...models.map(choice));
  prompt.disabled = false;
  button.disabled = false;
  for (const video of page.items.toReversed()) if (video.status === "completed") videos.show(video);
  // What was under way when the page was left.
  for (const { jobId, status } of page.items) {
    if (status === "pending" || status === "processing") await follow(jobId);
  }
}

async function make(): Promise<void> {
  const chosen = order.querySelector<HTMLInputElement>("[name=model]:checked");
  button.disabled = true;
  try {
    tell(say("sending"), true);
    const { jobId } = await vidops.videos.generate({
      modelId: chosen?.value ?? "",
      prompt: prompt.value,
      expectedCredits: Number(chosen?.dataset.price),
    });
    await showBalance();
    await follow(jobId);
    prompt.value = "";
  } finally {
    button.disabled = false;
  }
}

/** Waits for a video, says how it stands, and shows it. */
async function follow(jobId: string): Promise<void> {
  try {
    const onProgress = ({ status }: Video): void => tell(say(status), true);
    videos.show(await vidops.videos.waitFor(jobId, { onProgress }));
    tell(say("completed"));
  } finally {
    await showBalance();
  }
}

async function remove(video: Video): Promise<void> {
  const dialog = element("sure", HTMLDialogElement);
  dialog.returnValue = "keep";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "delete") return;
  await vidops.videos.delete(video.jobId);
  videos.remove(video.jobId);
  tell(say("deleted"));
  prompt.focus();
}

async function showBalance(): Promise<void> {
  const { creditsRemaining } = await vidops.credits.balance();
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
    tell("");
    if (!isVidopsError(error)) {
      showTrouble(say("unexpected"));
      throw error;
    }
    const isRefunded = Number(error.details?.credits_refunded) > 0;
    const request = error.requestId === null ? null : `${say("requestId")}: ${error.requestId}`;
    showTrouble(error.message, isRefunded ? say("givenBack") : null, request);
  }
}

function showTrouble(message: string, ...more: (string | null)[]): void {
  const trouble = element("trouble", HTMLElement);
  const lines = more.filter((line) => line !== null).map((line) => paragraph(line, "soft"));
  trouble.replaceChildren(paragraph(message), ...lines);
  trouble.hidden = false;
}

/** Says how things stand; `busy` while there is something to wait for. */
function tell(text: string, busy = false): void {
  element("stage", HTMLElement).textContent = text;
  element("progress", HTMLProgressElement).hidden = !busy;
}

function element<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} with the id ${id}.`);
}
