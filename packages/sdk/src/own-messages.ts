/** The codes that the client gives by itself, where no server has said anything. */
export type OwnCode =
  | "ERR_4004"
  | "ERR_4005"
  | "ERR_4006"
  | "ERR_4008"
  | "ERR_4009"
  | "ERR_4014"
  | "ERR_6003"
  | "ERR_6005"
  | "ERR_6006"
  | "ERR_6007";

/**
 * What users read then. These are the messages of `@vidops/core/errors`, which a test holds them to: all of that catalogue is
 * more than an app should load for the few moments in which no server can be asked. That of ERR_4004 is the one of ERR_6008,
 * since nobody has said how long to wait.
 */
export const ownMessages: Readonly<Record<"en" | "tr" | "es", Readonly<Record<OwnCode, string>>>> = {
  en: {
    ERR_4004: "We cannot take your request right now. Please try again in a few seconds.",
    ERR_4005: "Please sign in to continue.",
    ERR_4006: "You do not have permission to do this.",
    ERR_4008: "Some of the information is not valid. Please check it and try again.",
    ERR_4009: "This already exists or has changed in the meantime. Please refresh and try again.",
    ERR_4014: "The video is still being made. Please wait until it is finished.",
    ERR_6003: "Something went wrong on our side. Please try again later.",
    ERR_6005: "We cannot reach our servers at the moment. Nothing was changed. Please try again shortly.",
    ERR_6006: "We could not confirm whether this worked. Please check before you try again.",
    ERR_6007: "The service is not available at the moment. Please try again later.",
  },
  tr: {
    ERR_4004: "Şu anda isteğinizi alamıyoruz. Lütfen birkaç saniye sonra tekrar deneyin.",
    ERR_4005: "Devam etmek için lütfen giriş yapın.",
    ERR_4006: "Bu işlem için yetkiniz yok.",
    ERR_4008: "Bazı bilgiler geçerli değil. Lütfen kontrol edip tekrar deneyin.",
    ERR_4009: "Bu kayıt zaten var ya da bu sırada değişti. Lütfen sayfayı yenileyip tekrar deneyin.",
    ERR_4014: "Videonuz hâlâ hazırlanıyor. Lütfen tamamlanmasını bekleyin.",
    ERR_6003: "Bizden kaynaklanan bir hata oluştu. Lütfen daha sonra tekrar deneyin.",
    ERR_6005:
      "Şu anda sunucularımıza ulaşılamıyor. Hiçbir şey değiştirilmedi. Lütfen birazdan tekrar deneyin.",
    ERR_6006:
      "İşlemin tamamlanıp tamamlanmadığını doğrulayamadık. Lütfen tekrar denemeden önce kontrol edin.",
    ERR_6007: "Hizmet şu anda kullanılamıyor. Lütfen daha sonra tekrar deneyin.",
  },
  es: {
    ERR_4004: "Ahora mismo no podemos atender tu solicitud. Inténtalo de nuevo en unos segundos.",
    ERR_4005: "Inicia sesión para continuar.",
    ERR_4006: "No tienes permiso para hacer esto.",
    ERR_4008: "Algunos datos no son válidos. Revísalos e inténtalo de nuevo.",
    ERR_4009: "Esto ya existe o ha cambiado mientras tanto. Actualiza e inténtalo de nuevo.",
    ERR_4014: "El vídeo todavía se está creando. Espera a que termine.",
    ERR_6003: "Se ha producido un error por nuestra parte. Inténtalo más tarde.",
    ERR_6005:
      "No podemos conectar con nuestros servidores en este momento. No se ha cambiado nada. Inténtalo de nuevo en unos instantes.",
    ERR_6006: "No hemos podido confirmar si se ha completado. Compruébalo antes de volver a intentarlo.",
    ERR_6007: "El servicio no está disponible en este momento. Inténtalo más tarde.",
  },
};

/**
 * The message for a user where no server has written one.
 *
 * @param code one of the client's own
 * @param language the app's: a BCP 47 tag, or what Accept-Language takes; English for one that is not known
 * @returns one sentence or two
 * @example
 * ```ts
 * ownMessage("ERR_4005", "tr-TR"); // "Devam etmek için lütfen giriş yapın."
 * ```
 */
export function ownMessage(code: OwnCode, language: string | null | undefined): string {
  const tag = /^[a-z]+/.exec(language?.toLowerCase() ?? "")?.[0] ?? "";
  return (Object.hasOwn(ownMessages, tag) ? ownMessages[tag as "en"] : ownMessages.en)[code];
}
