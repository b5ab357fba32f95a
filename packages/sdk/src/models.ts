import { objectOf } from "./answer-error.ts";
import type { CallOptions } from "./call-options.ts";
import { camelCasedList } from "./camel-cased.ts";
import type { Reply, Send } from "./send.ts";

/** A model that is on sale. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly description: string | null;
  /** What a generation costs, in credits. */
  readonly costPerGeneration: number;
  readonly isFeatured: boolean;
  readonly thumbnailUrl: string | null;
}

/** What is on sale. */
export interface Models {
  /** The models, for guests and accounts, and before anybody is signed in. A list that has not changed is not sent again. */
  list(options?: CallOptions): Promise<readonly Model[]>;
}

/**
 * Makes `vidops.models`.
 *
 * @param send what sends as the user
 * @returns the functions
 * @see RFC 9110 section 13.1.2 (If-None-Match)
 */
export function createModels(send: Send): Models {
  let kept: { readonly etag: string; readonly models: readonly Model[] } | null = null;
  return {
    list: async (options = {}) => {
      const known = kept;
      const reply = await send({
        path: "/functions/v1/get-models",
        answer: "models",
        open: true,
        ...(known !== null && { headers: { "if-none-match": known.etag } }),
        options,
      });
      if (known !== null && reply.status === 304) return known.models;
      const models = modelsOf(reply);
      const etag = reply.headers.get("etag");
      kept = etag === null ? null : { etag, models };
      return models;
    },
  };
}

function modelsOf({ data }: Reply): readonly Model[] {
  return camelCasedList(objectOf(data)?.models);
}
