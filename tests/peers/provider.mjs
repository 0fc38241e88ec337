// SPDX-License-Identifier: Apache-2.0
// A sign-in provider for tests and the demo: stock oidc-provider over TLS with four people who are
// made up. Told in one line of JSON on stdin, or in a file that is named:
//
//   port, key, certificate   where it listens and by which leaf
//   origin, secret           the console, and its secret here
//   keys                     file that its public keys are written to before it listens
//   anchors                  CA of the console, for logout tokens
//
// It prints "listening" when it does. A person is chosen by a button, or a form with `user`.
import crypto from "node:crypto";
import fs from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import readline from "node:readline";
import Provider from "oidc-provider";

const PEOPLE = {
    coordinator: { name: "Chris SAMPLE", groups: ["hub-coordinators"] },
    officer: { name: "Ola SAMPLE", groups: ["staff", "hub-governance"] },
    "social-worker": { name: "Sam SAMPLE", groups: ["hub-workers"] },
    outsider: { name: "Nobody SAMPLE", groups: ["visitors"] },
};

// The console speaks HTTP/2 alone, and what comes with Node does not.
function post(anchors, url, body) {
    return new Promise((resolve, reject) => {
        const { origin, pathname } = new URL(url);
        const session = http2.connect(origin, { ca: anchors });
        session.on("error", reject);
        const call = session.request({
            ":method": "POST", ":path": pathname,
            "content-type": "application/x-www-form-urlencoded",
        });
        let status = 0;
        call.on("response", (headers) => { status = headers[":status"]; });
        call.on("error", reject);
        call.on("end", () => { session.close(); resolve(new Response(null, { status })); });
        call.resume();
        call.end(String(body));
    });
}

function configuration(told, jwk, anchors) {
    return {
        clients: [{
            client_id: "lockgate-console",
            client_secret: told.secret,
            redirect_uris: [`${told.origin}/sign-in/return`],
            post_logout_redirect_uris: [`${told.origin}/signed-out`],
            response_types: ["code"],
            grant_types: ["authorization_code"],
            token_endpoint_auth_method: "client_secret_basic",
            id_token_signed_response_alg: "ES256",
            backchannel_logout_uri: `${told.origin}/sign-out/back-channel`,
            backchannel_logout_session_required: true,
        }],
        jwks: { keys: [jwk] },
        cookies: { keys: [crypto.randomBytes(32).toString("hex")] },
        pkce: { required: () => true },
        conformIdTokenClaims: false,
        claims: { openid: ["sub", "name", "groups"] },
        enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
        features: {
            devInteractions: { enabled: false },
            backchannelLogout: { enabled: true },
        },
        interactions: { url: (ctx, interaction) => `/people/${interaction.uid}` },
        fetch: (url, options) => post(anchors, url, options.body),
        findAccount: (ctx, id) => ({
            accountId: id,
            claims: () => ({ sub: id, ...(PEOPLE[id] ?? { groups: [] }) }),
        }),
        loadExistingGrant: async (ctx) => {
            const grant = new ctx.oidc.provider.Grant({
                clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
            });
            grant.addOIDCScope("openid");
            await grant.save();
            return grant;
        },
    };
}

function choice(uid) {
    const buttons = Object.entries(PEOPLE).map(([id, person]) =>
        `<p><button name="user" value="${id}">${person.name}: ${id}</button></p>`);
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>Sign in</h1>
<p>These people are made up.</p><form method="post" action="/people/${uid}">${buttons.join("")}
</form></main></body></html>`;
}

async function body(request) {
    let text = "";
    for await (const piece of request) {
        text += piece;
        if (text.length > 4096) {
            throw new Error("too long");
        }
    }
    return new URLSearchParams(text);
}

// The page on which a person is chosen: everything else is the provider's own.
async function interact(provider, request, response) {
    const details = await provider.interactionDetails(request, response);
    if (request.method !== "POST") {
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.end(choice(details.uid));
        return;
    }
    const user = (await body(request)).get("user");
    const result = user in PEOPLE
        ? { login: { accountId: user } }
        : { error: "access_denied", error_description: "nobody was chosen" };
    await provider.interactionFinished(request, response, result);
}

async function main() {
    const told = JSON.parse(process.argv.length > 2
        ? fs.readFileSync(process.argv[2], "utf8")
        : await new Promise((resolve) => {
            readline.createInterface({ input: process.stdin }).once("line", resolve);
        }));
    const anchors = fs.readFileSync(told.anchors);
    const pair = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
    const named = { kid: "key-1", use: "sig", alg: "ES256" };
    const jwk = { ...pair.privateKey.export({ format: "jwk" }), ...named };
    const open = { ...pair.publicKey.export({ format: "jwk" }), ...named };
    fs.writeFileSync(told.keys, JSON.stringify({ keys: [open] }));
    const provider = new Provider(`https://localhost:${told.port}`,
        configuration(told, jwk, anchors));
    provider.on("server_error", (ctx, error) => console.error(error));
    provider.on("backchannel.error", (ctx, error) => console.error("back channel:", error.message));
    const own = provider.callback();
    const server = https.createServer({
        key: fs.readFileSync(told.key), cert: fs.readFileSync(told.certificate),
    }, (request, response) => {
        if (!request.url.startsWith("/people/")) {
            own(request, response);
            return;
        }
        interact(provider, request, response).catch((error) => {
            response.statusCode = 400;
            response.end(`${error.message}\n`);
        });
    });
    server.listen(told.port, "127.0.0.1", () => console.log("listening"));
}

await main();
