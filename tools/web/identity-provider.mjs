// A real OpenID Connect provider (oidc-provider, certified) for the tests of single sign-on. People sign in with any
// password; what it says of them comes from PEOPLE: {"login": {"email": …, "email_verified": true, "groups": […]}}.
//
//	PEOPLE=… node identity-provider.mjs PORT CLIENT SECRET REDIRECT
//
// It listens on loopback, writes "ready" when it does, and ends when its standard input does.
import { Provider } from "oidc-provider";

const [port, client, secret, redirect] = process.argv.slice(2);
const people = JSON.parse(process.env.PEOPLE ?? "{}");
const claims = ["email", "email_verified", "name", "groups", "district_code"];

const provider = new Provider(`http://127.0.0.1:${port}`, {
	clients: [{ client_id: client, client_secret: secret, redirect_uris: [redirect], grant_types: ["authorization_code"], response_types: ["code"] }],
	claims: { openid: ["sub"], profile: ["name", "groups", "district_code"], email: ["email", "email_verified"] },
	conformIdTokenClaims: false,
	pkce: { required: () => true },
	findAccount: (_ctx, login) => ({
		accountId: login,
		claims: async () => ({ sub: login, ...Object.fromEntries(claims.filter((c) => people[login]?.[c] !== undefined).map((c) => [c, people[login][c]])) }),
	}),
	cookies: { keys: ["only for tests"] },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
