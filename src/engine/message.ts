/** OpenVINO's messages carry source locations line by line; the sentence is what helps. */
export function tidyMessage(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^Exception from src\/.*:$/.test(line) && !/^Check '.*' failed at src\/.*:$/.test(line),
    )
    .join(' ')
    .slice(0, 1000);
}
