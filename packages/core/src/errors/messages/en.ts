import type { ErrorCode } from "../codes.ts";

/** English, the language that the others are compared with. ICU MessageFormat. */
export const en: Readonly<Record<ErrorCode, string>> = {
  ERR_4001:
    "You need {required, plural, one {# credit} other {# credits}}, but only have {available}. Please purchase more credits.",
  ERR_4002: "The selected model is not available.",
  ERR_4003: "This prompt cannot be used. Please change it and try again.",
  ERR_4004: "Too many requests. Please try again in {seconds, duration}.",
  ERR_4005: "Please sign in to continue.",
  ERR_4006: "You do not have permission to do this.",
  ERR_4007: "We could not find what you were looking for. It may have been deleted.",
  ERR_4008: "Some of the information is not valid. Please check it and try again.",
  ERR_4009: "This already exists or has changed in the meantime. Please refresh and try again.",
  ERR_4010: "This request was already sent with different contents. Please start again.",
  ERR_4011: "Your request is already being processed. Please wait a moment.",
  ERR_4012: "Your account has been suspended. Please contact support.",
  ERR_4013:
    "This is more than can be refunded. At most {refundable, plural, one {# credit} other {# credits}} can still be returned.",
  ERR_4014: "The video is still being made. Please wait until it is finished.",
  ERR_4015: "This needs the approval of a second admin. Nothing has changed yet.",
  ERR_5001: "The video service took too long to respond. Please try again.",
  ERR_5002: "The video service is not available at the moment. Please try again later.",
  ERR_5003: "The video service could not accept this request. Please change the prompt or the settings.",
  ERR_6001: "We could not load or save your data. Please try again later.",
  ERR_6002: "We could not load or save the file. Please try again later.",
  ERR_6003: "Something went wrong on our side. Please try again later.",
  ERR_6004: "This is not available at the moment. Please try again later.",
  ERR_6005: "We cannot reach our servers at the moment. Nothing was changed. Please try again shortly.",
  ERR_6006: "We could not confirm whether this worked. Please check before you try again.",
  ERR_6007: "The service is not available at the moment. Please try again later.",
  ERR_6008: "We cannot take your request right now. Please try again in a few seconds.",
};
