import { listAvailableModels } from "@vidops/core/models";
import { type EndpointContext, endpoint } from "./endpoint.ts";
import { entityTag, matchesEntityTag } from "./etag.ts";

/** Makes the handler of `get-models`: the models on sale, for everybody. Answered with 304 and no body to who has them already. */
export function getModels(context: EndpointContext): (request: Request) => Promise<Response> {
  return endpoint(context, { name: "get-models", methods: ["GET"] }, async (request) => {
    const models = await listAvailableModels(context.db, { signal: request.signal });
    const rows = models.map((model) => ({
      id: model.id,
      name: model.name,
      category: model.category,
      description: model.description,
      cost_per_generation: model.costPerGeneration,
      is_featured: model.isFeatured,
      thumbnail_url: model.thumbnailUrl,
    }));
    const body = new TextEncoder().encode(JSON.stringify({ models: rows }));
    const etag = await entityTag(body);
    // A price or a model that changed is told by generate-video too, so a minute harms nobody.
    const headers = { etag, "cache-control": "public, max-age=60" };
    if (matchesEntityTag(request.headers.get("if-none-match"), etag))
      return new Response(null, { status: 304, headers });
    return new Response(body, { headers: { ...headers, "content-type": "application/json" } });
  });
}
