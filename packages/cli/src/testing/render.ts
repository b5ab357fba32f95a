import type { Document } from "../output/document.ts";
import { renderDocument } from "../output/render-document.ts";

/** A document as a pipe gets it: without colours, in lines. */
export async function linesOf(document: Document): Promise<string[]> {
  return (await renderDocument(document, false)).trimEnd().split("\n");
}
