/** A refusal of Storage, in the words of the hosted one. */
export class StorageError extends Error {
  override readonly name: string = "StorageError";
  readonly statusCode: string;
  readonly error: string;

  constructor(statusCode: string, error: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.error = error;
  }

  /** Hosted Storage answers nearly every refusal with 400, and says in the body which it is. */
  response(): Response {
    const { statusCode, error, message } = this;
    return Response.json({ statusCode, error, message }, { status: statusCode === "416" ? 416 : 400 });
  }
}

export const refusals = {
  unauthorized: (): StorageError =>
    new StorageError("403", "Unauthorized", "new row violates row-level security policy"),
  noBucket: (): StorageError => new StorageError("404", "Bucket not found", "Bucket not found"),
  noObject: (): StorageError => new StorageError("404", "not_found", "Object not found"),
  duplicate: (): StorageError => new StorageError("409", "Duplicate", "The resource already exists"),
  tooLarge: (): StorageError =>
    new StorageError("413", "Payload too large", "The object exceeded the maximum allowed size"),
  mimeType: (type: string): StorageError =>
    new StorageError("415", "invalid_mime_type", `mime type ${type} is not supported`),
  badSignature: (): StorageError =>
    new StorageError("400", "InvalidJWT", "The URL's signature does not fit or has expired"),
  range: (): StorageError =>
    new StorageError("416", "InvalidRange", "The requested range is not satisfiable"),
  badRequest: (message: string): StorageError => new StorageError("400", "InvalidRequest", message),
} as const;
