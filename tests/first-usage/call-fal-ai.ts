// biome-ignore-all format: the call is kept as its author wrote it
// biome-ignore-all lint/suspicious/noExplicitAny: the same
import { fetchWithRetry } from '@vidops/core/http'

// The provider call that fetchWithRetry was first written for, but for its import. Deno's environment is given by who runs
// it; the tests beside this do, in Node from sources and in Deno from what is built.
declare const Deno: { env: { get(name: string): string | undefined } }

async function callFalAI(modelId: string, prompt: string, settings: any) {
  const apiKey = Deno.env.get('FALAI_API_KEY')

  const response = await fetchWithRetry(
    `https://fal.run/${modelId}`,
    {
      method: 'POST',
      headers: {
        'Authorization': `Key ${apiKey}`,
        'Content-Type': 'application/json'
      },
      body: JSON.stringify({
        prompt: prompt,
        ...settings
      })
    },
    {
      maxRetries: 3,
      initialDelay: 2000,
      maxDelay: 30000
    }
  )

  if (!response.ok) {
    throw new Error(`FalAI error: ${response.statusText}`)
  }

  const data = await response.json()

  return {
    job_id: data.request_id || data.id
  }
}

export { callFalAI }
