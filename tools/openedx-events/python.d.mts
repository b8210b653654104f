/** Makes a virtual environment in the folder with the packages of requirements.txt, and nothing else; gives its interpreter. */
export function installPackages(folder: string): Promise<string>;
