// What errors say, read from the sources: when each is thrown, and which messages are composed for it
import { globSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The class of an error, and what its doc comment says. */
export interface ErrorClass {
  name: string;
  code: string;
  when: string;
  whatToDo: string;
}

/** A message that is composed for an error of this class. In place of what differs from time to time it has an ellipsis. */
export interface Message {
  thrown: string;
  /** What went wrong; empty where these are words of the server. */
  says: string;
  advises: string;
}

/** What callers give to a request, for the reader of its error. */
const HINTS = ["whoMay", "whenForbidden"];

const folder = fileURLToPath(new URL("../provider/", import.meta.url));
const options: ts.CompilerOptions = { allowImportingTsExtensions: true, noEmit: true, noLib: true, types: [] };
const host = ts.createCompilerHost(options);
// Of what is imported only our own files are read: the types of others take seconds.
host.resolveModuleNameLiterals = (literals, importer) =>
  literals.map(({ text }) => {
    const resolvedFileName = resolve(dirname(importer), text);
    return { resolvedModule: text.startsWith(".") ? { resolvedFileName, extension: ts.Extension.Ts } : undefined };
  });
const program = ts.createProgram({
  rootNames: globSync(`${folder}**/*.ts`).sort((one, other) => one.localeCompare(other)),
  options,
  host,
});
const checker = program.getTypeChecker();
/** Each after those that it imports. */
const sources = program.getSourceFiles();
const calls = all(ts.isCallExpression);

/** The classes that have a code. */
export function errorClasses(): ErrorClass[] {
  return all(ts.isClassDeclaration).flatMap((declaration) => {
    const symbol = declaration.name && checker.getSymbolAtLocation(declaration.name);
    const property = declaration.members.find((member) => member.name?.getText() === "code");
    if (!symbol || !property || !ts.isPropertyDeclaration(property) || !property.initializer) return [];
    const comment = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    const [when, whatToDo] = comment.split("\n\n").map((paragraph) => paragraph.replaceAll("\n", " "));
    if (!when || !whatToDo) throw new Error(`The comment of ${symbol.name} has to say when, and what to do`);
    return [{ name: symbol.name, code: textsOf(property.initializer).join(), when, whatToDo }];
  });
}

/** The messages that tell a user what to do. */
export function messagesOf(classes: ErrorClass[]): Message[] {
  const known = all(ts.isNewExpression).flatMap((made) => {
    const thrown = made.expression.getText();
    const last = made.arguments?.at(-1);
    if (!last || !classes.some(({ name }) => name === thrown)) return [];
    return worded(last).map((words) => ({ thrown, ...words }));
  });
  return [...new Map(known.map((message) => [JSON.stringify(message), message])).values()];
}

/** The last argument of an error: the circumstances, or the reason why a setting is wrong. */
function worded(argument: ts.Expression): Omit<Message, "thrown">[] {
  if (!ts.isObjectLiteralExpression(argument)) {
    return textsOf(argument).flatMap((says) => (says === "…" ? [] : { says, advises: "" }));
  }
  const textsOfProperty = (name: string) => propertyOf(argument, name).flatMap(textsOf);
  const [words, remedies] = [textsOfProperty("words"), textsOfProperty("remedy")];
  const said = (words.length > 0 ? words : textsOfProperty("tried")).map((text) => (text === "…" ? "" : text));
  if (said.length === remedies.length) return remedies.map((advises, place) => ({ says: said[place] ?? "", advises }));
  const known = remedies.filter((text) => text !== "…");
  return known.flatMap((advises) => (said.length > 0 ? said : [""]).map((says) => ({ says, advises })));
}

function propertyOf(object: ts.ObjectLiteralExpression, name: string): ts.Expression[] {
  return object.properties.flatMap((property) => {
    if (property.name?.getText() !== name) return [];
    if (ts.isPropertyAssignment(property)) return [property.initializer];
    return ts.isShorthandPropertyAssignment(property) ? [property.name] : [];
  });
}

/** All texts that an expression can be. */
function textsOf(expression: ts.Expression): string[] {
  return valuesOf(expression).flatMap((value) => {
    if (ts.isStringLiteralLike(value)) return [value.text];
    if (isSum(value)) return joined([textsOf(value.left), textsOf(value.right)]);
    if (!ts.isTemplateExpression(value)) return ["…"];
    const spans = value.templateSpans.flatMap((span) => [textsOf(span.expression), [span.literal.text]]);
    return joined([[value.head.text], ...spans]).map((text) => text.replace(/…+/g, "…"));
  });
}

function joined(parts: string[][]): string[] {
  return parts.reduce((texts, ends) => texts.flatMap((text) => ends.map((end) => text + end)), [""]);
}

function isSum(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}

/** What an expression can come to, as far as it stands in the sources; itself where that is not known. */
function valuesOf(expression: ts.Expression): ts.Expression[] {
  if (ts.isParenthesizedExpression(expression) || ts.isAwaitExpression(expression))
    return valuesOf(expression.expression);
  if (ts.isConditionalExpression(expression)) return [expression.whenTrue, expression.whenFalse].flatMap(valuesOf);
  if (ts.isBinaryExpression(expression) && /^(\?\?|\|\|)$/.test(expression.operatorToken.getText())) {
    const former = valuesOf(expression.left);
    return former.includes(expression.left) ? former : [...former, ...valuesOf(expression.right)];
  }
  if (ts.isElementAccessExpression(expression)) return valuesOf(expression.expression).flatMap(entriesOf);
  if (ts.isCallExpression(expression)) return returnedBy(expression) ?? [expression];
  if (ts.isPropertyAccessExpression(expression) && HINTS.includes(expression.name.text))
    return all(ts.isObjectLiteralExpression).flatMap((object) =>
      propertyOf(object, expression.name.text).flatMap(valuesOf),
    );
  if (ts.isIdentifier(expression)) return expression.text === "undefined" ? [] : (meantBy(expression) ?? [expression]);
  return [expression];
}

function entriesOf(table: ts.Expression): ts.Expression[] {
  if (!ts.isObjectLiteralExpression(table)) return [table];
  return table.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) ? valuesOf(property.initializer) : [],
  );
}

/** What a function of ours returns. */
function returnedBy(call: ts.CallExpression): ts.Expression[] | undefined {
  const body = calledBy(call)?.body;
  if (!body) return undefined;
  if (!ts.isBlock(body)) return valuesOf(body);
  const returns = below(body, ts.isReturnStatement, ts.isFunctionLike);
  return returns.flatMap((one) => (one.expression ? valuesOf(one.expression) : []));
}

/** What a name stands for: a constant, a place in one of several tuples, or what a function that isn't exported is called with. */
function meantBy(name: ts.Identifier): ts.Expression[] | undefined {
  const symbol = ts.isShorthandPropertyAssignment(name.parent)
    ? checker.getShorthandAssignmentValueSymbol(name.parent)
    : checker.getSymbolAtLocation(name);
  const declaration = symbol?.valueDeclaration;
  if (!declaration) return undefined;
  if (ts.isParameter(declaration)) return givenFor(declaration);
  if (ts.isVariableDeclaration(declaration) && ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) {
    return declaration.initializer && valuesOf(declaration.initializer);
  }
  if (!ts.isBindingElement(declaration) || !ts.isArrayBindingPattern(declaration.parent)) return undefined;
  const { elements, parent } = declaration.parent;
  const tuples = ts.isVariableDeclaration(parent) && parent.initializer ? valuesOf(parent.initializer) : [];
  const place = elements.indexOf(declaration);
  const values = tuples.flatMap((tuple) => (ts.isArrayLiteralExpression(tuple) ? (tuple.elements[place] ?? []) : []));
  return values.length > 0 ? values.flatMap(valuesOf) : undefined;
}

function givenFor(parameter: ts.ParameterDeclaration): ts.Expression[] | undefined {
  const called = parameter.parent;
  if (!ts.isFunctionDeclaration(called) && !ts.isArrowFunction(called)) return undefined;
  if (ts.getCombinedModifierFlags(called) & ts.ModifierFlags.Export) return undefined;
  const place = called.parameters.indexOf(parameter);
  const given = calls.flatMap((call) => (calledBy(call) === called ? (call.arguments[place] ?? []) : []));
  return given.length > 0 ? given.flatMap(valuesOf) : undefined;
}

/** The function of ours that is called. */
function calledBy({ expression }: ts.CallExpression): ts.FunctionLikeDeclaration | undefined {
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  const declaration = checker.getSymbolAtLocation(name)?.valueDeclaration;
  const called = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
  return called && ts.isFunctionLike(called) && "body" in called ? (called as ts.FunctionLikeDeclaration) : undefined;
}

function all<T extends ts.Node>(is: (node: ts.Node) => node is T): T[] {
  return sources.flatMap((source) => below(source, is));
}

function below<T extends ts.Node>(
  node: ts.Node,
  is: (node: ts.Node) => node is T,
  isBeyond?: (node: ts.Node) => boolean,
): T[] {
  const found: T[] = [];
  const look = (child: ts.Node): void => {
    if (isBeyond?.(child)) return;
    if (is(child)) found.push(child);
    ts.forEachChild(child, look);
  };
  ts.forEachChild(node, look);
  return found;
}
