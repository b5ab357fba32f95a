/**
 * What users read where no server has said anything. These are the messages of `@vidops/core/errors`, which a test holds them
 * to: all of that catalogue is more than an app should load for the few moments in which no server can be asked.
 */
export const ownMessages: Readonly<Record<"en" | "tr" | "es", Readonly<Record<string, string>>>> = {
  en: {
    ERR_4005: "Please sign in to continue.",
    ERR_4008: "Some of the information is not valid. Please check it and try again.",
    ERR_4014: "The video is still being made. Please wait until it is finished.",
    ERR_6005: "We cannot reach our servers at the moment. Nothing was changed. Please try again shortly.",
    ERR_6006: "We could not confirm whether this worked. Please check before you try again.",
    ERR_6007: "The service is not available at the moment. Please try again later.",
  },
  tr: {
    ERR_4005: "Devam etmek için lütfen giriş yapın.",
    ERR_4008: "Bazı bilgiler geçerli değil. Lütfen kontrol edip tekrar deneyin.",
    ERR_4014: "Videonuz hâlâ hazırlanıyor. Lütfen tamamlanmasını bekleyin.",
    ERR_6005:
      "Şu anda sunucularımıza ulaşılamıyor. Hiçbir şey değiştirilmedi. Lütfen birazdan tekrar deneyin.",
    ERR_6006:
      "İşlemin tamamlanıp tamamlanmadığını doğrulayamadık. Lütfen tekrar denemeden önce kontrol edin.",
    ERR_6007: "Hizmet şu anda kullanılamıyor. Lütfen daha sonra tekrar deneyin.",
  },
  es: {
    ERR_4005: "Inicia sesión para continuar.",
    ERR_4008: "Algunos datos no son válidos. Revísalos e inténtalo de nuevo.",
    ERR_4014: "El vídeo todavía se está creando. Espera a que termine.",
    ERR_6005:
      "No podemos conectar con nuestros servidores en este momento. No se ha cambiado nada. Inténtalo de nuevo en unos instantes.",
    ERR_6006: "No hemos podido confirmar si se ha completado. Compruébalo antes de volver a intentarlo.",
    ERR_6007: "El servicio no está disponible en este momento. Inténtalo más tarde.",
  },
};

/**
 * The message for a user where no server has written one.
 *
 * @param code any; ERR_6007, that nothing works, stands for those that only a server gives
 * @param language the app's: a BCP 47 tag, or what Accept-Language takes; English for one that is not known
 * @returns one sentence or two
 * @example
 * ```ts
 * ownMessage("ERR_4005", "tr-TR"); // "Devam etmek için lütfen giriş yapın."
 * ```
 */
export function ownMessage(code: string, language: string | null | undefined): string {
  const tag = /^[a-z]+/.exec(language?.toLowerCase() ?? "")?.[0] ?? "";
  const messages = Object.hasOwn(ownMessages, tag) ? ownMessages[tag as "en"] : ownMessages.en;
  return String(Object.hasOwn(messages, code) ? messages[code] : messages.ERR_6007);
}
