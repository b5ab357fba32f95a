import type { ErrorCode } from "../codes.ts";

/** Spanish, with "tú". The plural case `many` is for millions: 1.000.000 de créditos. */
export const es: Readonly<Record<ErrorCode, string>> = {
  ERR_4001:
    "Necesitas {required, plural, one {# crédito} many {# de créditos} other {# créditos}}, pero solo tienes {available}. Por favor, compra más créditos.",
  ERR_4002: "El modelo seleccionado no está disponible.",
  ERR_4003: "Este texto no se puede usar. Cámbialo e inténtalo de nuevo.",
  ERR_4004: "Has hecho demasiadas solicitudes. Inténtalo de nuevo dentro de {seconds, duration}.",
  ERR_4005: "Inicia sesión para continuar.",
  ERR_4006: "No tienes permiso para hacer esto.",
  ERR_4007: "No hemos encontrado lo que buscas. Es posible que se haya eliminado.",
  ERR_4008: "Algunos datos no son válidos. Revísalos e inténtalo de nuevo.",
  ERR_4009: "Esto ya existe o ha cambiado mientras tanto. Actualiza e inténtalo de nuevo.",
  ERR_4010: "Esta solicitud ya se envió con otro contenido. Vuelve a empezar.",
  ERR_4011: "Tu solicitud ya se está procesando. Espera un momento.",
  ERR_4012: "Tu cuenta está suspendida. Ponte en contacto con el equipo de soporte.",
  ERR_4013:
    "Es más de lo que se puede reembolsar. Como máximo se {refundable, plural, one {puede devolver # crédito} many {pueden devolver # de créditos} other {pueden devolver # créditos}} más.",
  ERR_4014: "El vídeo todavía se está creando. Espera a que termine.",
  ERR_4015: "Esto necesita la aprobación de un segundo administrador. Todavía no se ha cambiado nada.",
  ERR_5001: "El servicio de vídeo ha tardado demasiado en responder. Inténtalo de nuevo.",
  ERR_5002: "El servicio de vídeo no está disponible en este momento. Inténtalo más tarde.",
  ERR_5003: "El servicio de vídeo no ha podido aceptar esta solicitud. Cambia el texto o los ajustes.",
  ERR_6001: "No hemos podido cargar o guardar tus datos. Inténtalo más tarde.",
  ERR_6002: "No hemos podido cargar o guardar el archivo. Inténtalo más tarde.",
  ERR_6003: "Se ha producido un error por nuestra parte. Inténtalo más tarde.",
  ERR_6004: "Esto no está disponible en este momento. Inténtalo más tarde.",
  ERR_6005:
    "No podemos conectar con nuestros servidores en este momento. No se ha cambiado nada. Inténtalo de nuevo en unos instantes.",
  ERR_6006: "No hemos podido confirmar si se ha completado. Compruébalo antes de volver a intentarlo.",
  ERR_6007: "El servicio no está disponible en este momento. Inténtalo más tarde.",
  ERR_6008: "Ahora mismo no podemos atender tu solicitud. Inténtalo de nuevo en unos segundos.",
};
