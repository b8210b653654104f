/**
 * Creates a virtual environment in the folder with only the packages of a requirements file, by default
 * requirements.txt. Resolves with its interpreter.
 */
export function installPackages(folder: string, requirements?: string): Promise<string>;
