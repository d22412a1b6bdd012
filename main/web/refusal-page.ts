/** What a browser sees that has no key: a link that was used before, or a server that was started anew. */
export const refusalPage = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>k3s-vm: this link is used up</title></head>
  <body>
    <h1>This link is used up</h1>
    <p>A dashboard link opens once, in one browser. Get a fresh one from the terminal: end the dashboard with Ctrl-C and start it again.</p>
    <pre>bin/k3s-vm dashboard --web</pre>
  </body>
</html>
`;
