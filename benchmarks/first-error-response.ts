/**
 * The function that `createErrorResponse` of vidops took the place of, as it was written: the baseline. Its messages are
 * those of the same codes; it knows two of them, which is all that the comparison needs.
 */

const messages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ERR_4001: {
    en: "You need {required} credits, but only have {available}. Please purchase more credits.",
    tr: "{required} krediye ihtiyacınız var, ancak sadece {available} krediniz var. Lütfen daha fazla kredi satın alın.",
    es: "Necesitas {required} créditos, pero solo tienes {available}. Por favor compra más créditos.",
  },
  ERR_4002: {
    en: "The selected model is not available.",
    tr: "Seçilen model mevcut değil.",
    es: "El modelo seleccionado no está disponible.",
  },
};

interface FirstErrorResponseOptions {
  code: string;
  language?: string;
  variables?: Record<string, string | number>;
  details?: unknown;
}

export function firstMessage(
  code: string,
  language: string,
  variables: Record<string, string | number>,
): string {
  let message = messages[code]?.[language] || messages[code]?.en || "";
  Object.entries(variables).forEach(([key, value]) => {
    message = message.replace(`{${key}}`, String(value));
  });
  return message;
}

export function firstErrorResponse(options: FirstErrorResponseOptions): Response {
  const { code, language = "en", variables = {}, details } = options;
  const message = firstMessage(code, language, variables);
  const statusCode = getStatusCode(code);
  return new Response(JSON.stringify({ error: { code, message, details } }), {
    status: statusCode,
    headers: { "Content-Type": "application/json" },
  });
}

/** How an endpoint of then chose the language. */
export function firstLanguage(request: Request): string {
  const userLanguage = request.headers.get("Accept-Language")?.split(",")[0]?.substring(0, 2) || "en";
  return ["en", "tr", "es"].includes(userLanguage) ? userLanguage : "en";
}

function getStatusCode(code: string): number {
  if (code.startsWith("ERR_4")) return 400;
  if (code.startsWith("ERR_5")) return 502;
  if (code.startsWith("ERR_6")) return 500;
  return 500;
}
