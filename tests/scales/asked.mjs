import { createInterface } from "node:readline";
const { itemsToAsk, nextItem } = await import(`${process.argv[2]}/form.js`);
for await (const line of createInterface({ input: process.stdin })) {
  const { form, given } = JSON.parse(line);
  console.log(JSON.stringify({ asked: itemsToAsk(form, given).map((one) => one.id), next: nextItem(form, given)?.id ?? null }));
}
