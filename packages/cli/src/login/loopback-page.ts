/** The page that the browser shows at the end. The words are this program's own: nothing of the address gets into it. */
export function page(words: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vidops</title>
<style>body { font: 1.1rem system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem; color-scheme: light dark }</style>
<p>${words}</p>
`;
}
