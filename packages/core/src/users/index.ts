export { type FoundUser, findUser } from "./find-user.ts";
