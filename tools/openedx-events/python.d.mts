/** Makes a virtual environment in the folder with the packages of a requirements file, requirements.txt by default, and nothing else; gives its interpreter. */
export function installPackages(folder: string, requirements?: string): Promise<string>;
