/** What a family is called by people: "Network interface" of "network_interface". */
export function familyTitle(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
