/** What the page itself says, by language. Errors are said by the server, in the user's language. */
const texts = {
  en: {
    title: "What shall we make?",
    prompt: "Your idea",
    model: "Model",
    generate: "Make the video",
    videos: "Your videos",
    sure: "Delete this video?",
    sureText: "It cannot be watched any more. What it cost is not given back.",
    keep: "Keep it",
    delete: "Delete",
    sending: "Sending your idea…",
    pending: "Waiting for its turn…",
    processing: "Your video is being made…",
    completed: "Your video is ready.",
    failed: "No video was made.",
    deleted: "The video is deleted.",
    givenBack: "Your credits are back.",
    askAgain: "You can ask again: it is paid for once only.",
    requestId: "For support",
    unexpected: "Something went wrong on this page. Please load it again.",
    credits: { one: "credit", other: "credits" },
  },
  tr: {
    title: "Ne oluşturalım?",
    prompt: "Fikriniz",
    model: "Model",
    generate: "Videoyu oluştur",
    videos: "Videolarınız",
    sure: "Bu video silinsin mi?",
    sureText: "Artık izlenemez. Ödediğiniz krediler geri verilmez.",
    keep: "Kalsın",
    delete: "Sil",
    sending: "Fikriniz gönderiliyor…",
    pending: "Sırası bekleniyor…",
    processing: "Videonuz hazırlanıyor…",
    completed: "Videonuz hazır.",
    failed: "Video oluşturulamadı.",
    deleted: "Video silindi.",
    givenBack: "Kredileriniz iade edildi.",
    askAgain: "Yeniden deneyebilirsiniz: yalnızca bir kez ödenir.",
    requestId: "Destek için",
    unexpected: "Bu sayfada bir sorun oluştu. Lütfen sayfayı yeniden yükleyin.",
    credits: { one: "kredi", other: "kredi" },
  },
  es: {
    title: "¿Qué creamos?",
    prompt: "Tu idea",
    model: "Modelo",
    generate: "Crear el vídeo",
    videos: "Tus vídeos",
    sure: "¿Eliminar este vídeo?",
    sureText: "Ya no se podrá ver. Lo que costó no se devuelve.",
    keep: "Conservarlo",
    delete: "Eliminar",
    sending: "Enviando tu idea…",
    pending: "Esperando su turno…",
    processing: "Tu vídeo se está creando…",
    completed: "Tu vídeo está listo.",
    failed: "No se creó ningún vídeo.",
    deleted: "El vídeo se ha eliminado.",
    givenBack: "Te hemos devuelto tus créditos.",
    askAgain: "Puedes volver a intentarlo: solo se paga una vez.",
    requestId: "Para soporte",
    unexpected: "Algo ha fallado en esta página. Vuelve a cargarla.",
    credits: { one: "crédito", other: "créditos" },
  },
};

export type PageLanguage = keyof typeof texts;
type Key = Exclude<keyof (typeof texts)["en"], "credits">;

/** What a page says in one language. */
export interface Speech {
  readonly language: PageLanguage;
  say(key: Key): string;
  /** A number of credits, e.g. "1 credit" or "4 credits". */
  credits(count: number): string;
}

/**
 * Picks the first of the user's languages that the page speaks, else English.
 *
 * @param preferred as `navigator.languages`
 */
export function speech(preferred: readonly string[]): Speech {
  const wanted = preferred.map((tag) => tag.split("-")[0] ?? "").find((tag) => Object.hasOwn(texts, tag));
  const language = (wanted ?? "en") as PageLanguage;
  const own = texts[language];
  const number = new Intl.NumberFormat(language);
  const plural = new Intl.PluralRules(language);
  return {
    language,
    say: (key) => own[key],
    credits: (count) =>
      `${number.format(count)} ${own.credits[plural.select(count) === "one" ? "one" : "other"]}`,
  };
}

/** Puts the language's texts where the page has `data-text`. */
export function translate(page: Document, { language, say }: Speech): void {
  page.documentElement.lang = language;
  for (const element of page.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = say(element.dataset.text as Key);
  }
}
