/**
 * The function that `fetchWithRetry` of vidops took the place of, as it was written: the baseline. Only what sends and the
 * time an attempt may take are parameters now (they were the global `fetch` and 30 s), and it does not write to the console.
 */

interface FirstRetryConfig {
  maxRetries: number;
  initialDelay: number;
  maxDelay: number;
  retryableStatusCodes: number[];
  attemptTimeout: number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const defaultConfig: FirstRetryConfig = {
  maxRetries: 3,
  initialDelay: 2000, // 2 seconds
  maxDelay: 30000, // 30 seconds
  retryableStatusCodes: [408, 429, 500, 502, 503, 504],
  attemptTimeout: 30000,
  fetch: (url, init) => fetch(url, init),
};

export async function firstFetchWithRetry(
  url: string,
  options: RequestInit = {},
  config: Partial<FirstRetryConfig> = {},
): Promise<Response> {
  const finalConfig = { ...defaultConfig, ...config };
  let lastError: Error | null = null;

  for (let attempt = 0; attempt <= finalConfig.maxRetries; attempt++) {
    try {
      const controller = new AbortController();
      const timeout = setTimeout(() => controller.abort(), finalConfig.attemptTimeout);

      const response = await finalConfig.fetch(url, {
        ...options,
        signal: controller.signal,
      });

      clearTimeout(timeout);

      // Success
      if (response.ok) {
        return response;
      }

      // Non-retryable error
      if (!finalConfig.retryableStatusCodes.includes(response.status)) {
        return response;
      }

      // Retryable error
      lastError = new Error(`HTTP ${response.status}: ${response.statusText}`);
    } catch (error) {
      lastError = error as Error;
    }

    // Don't retry on last attempt
    if (attempt === finalConfig.maxRetries) {
      break;
    }

    // Calculate exponential backoff
    const delay = Math.min(finalConfig.initialDelay * 2 ** attempt, finalConfig.maxDelay);

    await new Promise((resolve) => setTimeout(resolve, delay));
  }

  throw lastError || new Error("Request failed after retries");
}
