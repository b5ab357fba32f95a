import { expect, it } from "vitest";
import { describeStores, limitOf, storesByAllWays } from "./stores.ts";

const oddTexts = [
  "a b",
  "a  b",
  " a b",
  "a:b",
  "a/b",
  "a%2Fb",
  "a%3Ab",
  "a+b",
  "a\\b",
  "a'b",
  'a"b',
  "a''b",
  "a,b",
  "{a}b",
  "[a]b",
  "a\nb",
  "a\tb",
  "A:B",
  "ab",
  "a*",
  "null",
  "unknown",
  "constructor",
  "é",
  "e\u0301",
  "İ",
  "i̇",
  "ı",
  "😀",
  "😀\u200d",
  "x".repeat(200),
  `${"x".repeat(199)}y`,
  "ş".repeat(200),
  "😀".repeat(50),
];

describeStores(
  "whose requests are counted",
  (tested) => {
    it("is told apart whatever the keys are made of", async () => {
      const limits = oddTexts.map((key) => limitOf(1, 60, { per: "key", key }));
      for (const turn of ["first", "second"]) {
        const answers = await Promise.all(limits.map((limit) => tested.take(limit)));
        expect(answers.map(({ limits: [state] }) => state?.subject)).toEqual(oddTexts);
        const allowed = answers.map((answer) => answer.allowed);
        expect(allowed).toEqual(oddTexts.map(() => turn === "first"));
      }
    });

    it("is told apart whatever the actions are made of, and where an action ends and a key begins", async () => {
      const actions = oddTexts
        .map((text) => [...text].slice(0, 50).join(""))
        .filter((text, at, all) => all.indexOf(text) === at);
      const asked = [
        ...actions.map((action) => [action, "k"] as const),
        ["a", "b/k"] as const,
        ["a/b/key", "k"] as const,
        ["a:key", "b:k"] as const,
      ];
      for (const turn of ["first", "second"]) {
        const answers = await Promise.all(
          asked.map(([action, key]) =>
            tested.take(limitOf(1, 60, { per: "key", key }), {
              action: `${tested.action.slice(-12)}${action}`,
            }),
          ),
        );
        expect(answers.map((answer) => answer.allowed)).toEqual(asked.map(() => turn === "first"));
      }
    });

    it("is an address, a user, a key and everybody, each by itself though the text is the same", async () => {
      const [userId] = tested.users;
      const ip = "203.0.113.9";
      const limits = [
        limitOf(1, 60, { per: "ip" }),
        limitOf(1, 60, { per: "user" }),
        limitOf(1, 60, { per: "key", key: userId, name: "a" }),
        limitOf(1, 60, { per: "key", key: ip, name: "b" }),
        limitOf(1, 60, { per: "key", key: "global", name: "c" }),
        limitOf(1, 60, { per: "global" }),
      ];
      for (const limit of limits) expect((await tested.take(limit, { ip, userId })).allowed).toBe(true);
      for (const limit of limits) expect((await tested.take(limit, { ip, userId })).allowed).toBe(false);
    });

    it("is one user, however the id is written, and never another", async () => {
      const [ada, bob] = tested.users;
      const limit = limitOf(1, 60, { per: "user" });
      expect((await tested.take(limit, { userId: ada })).allowed).toBe(true);
      expect((await tested.take(limit, { userId: ada.toUpperCase() })).allowed).toBe(false);
      expect((await tested.take(limit, { userId: bob, ip: null })).limits).toMatchObject([
        { subject: bob, allowed: true },
      ]);
    });

    it("is everybody without an address together, and they are not an address", async () => {
      const limit = limitOf(2, 60);
      expect((await tested.take(limit, { ip: null })).limits).toMatchObject([
        { subject: "unknown", remaining: 1 },
      ]);
      expect((await tested.take(limit, { ip: null, userId: tested.users[0] })).allowed).toBe(true);
      expect((await tested.take(limit, { ip: null })).allowed).toBe(false);
      expect((await tested.take(limit, { ip: "192.0.2.1" })).allowed).toBe(true);
    });

    it("is a network of IPv6 as well as an address", async () => {
      const limit = limitOf(1, 60);
      expect((await tested.take(limit, { ip: "2001:db8:1:2::/64" })).limits).toMatchObject([
        { subject: "2001:db8:1:2::/64" },
      ]);
      expect((await tested.take(limit, { ip: "2001:db8:1:2::/64" })).allowed).toBe(false);
      expect((await tested.take(limit, { ip: "2001:db8:1:3::/64" })).allowed).toBe(true);
    });

    it("is counted for each action by itself", async () => {
      const limit = limitOf(1, 60);
      expect((await tested.take(limit, { action: `${tested.action}_1` })).allowed).toBe(true);
      expect((await tested.take(limit, { action: `${tested.action}_2` })).allowed).toBe(true);
      expect((await tested.take(limit, { action: `${tested.action}_1` })).allowed).toBe(false);
    });

    it("is forgotten on request, one subject of one limit, once", async () => {
      const [userId] = tested.users;
      const [ip, user, hour] = [
        limitOf(1, 60),
        limitOf(1, 60, { per: "user" }),
        limitOf(1, 3600, { name: "hour" }),
      ];
      await tested.take([ip, user, hour], { userId });
      expect(await tested.reset(ip)).toBe(true);
      expect(await tested.reset(ip)).toBe(false);
      expect(await tested.peek([ip, user, hour], { userId })).toMatchObject([
        { remaining: 1, resetAfterMs: 0 },
        { remaining: 0 },
        { remaining: 0 },
      ]);
      expect(await tested.reset(ip, { ip: "192.0.2.77" })).toBe(false);
      expect(await tested.reset(user, { ip: null, userId })).toBe(true);
      expect((await tested.take([ip, user], { userId })).allowed).toBe(true);
    });

    it("can be forgotten where it is everybody, a key or an unknown address", async () => {
      const limits = [
        limitOf(1, 60),
        limitOf(1, 60, { per: "global" }),
        limitOf(1, 60, { per: "key", key: "a:b /ş" }),
      ];
      await tested.take(limits, { ip: null });
      for (const limit of limits) expect(await tested.reset(limit, { ip: null })).toBe(true);
      expect((await tested.take(limits, { ip: null })).allowed).toBe(true);
    });
  },
  storesByAllWays,
);
