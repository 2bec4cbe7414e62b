/** Measures the state that a provider process keeps in module variables. */
import ts from "typescript";
import type { Measure } from "./measure.ts";
import { nodesOf, type Source, sourcesIn } from "./sources.ts";

const MOST_VARIABLES = 2;
const MUTATING = /^(set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/;

/**
 * Finds mutable variables: each top-level `let`, and each top-level `const` or static member that code of the same file changes. A change is a
 * mutating method of a collection, an assignment to a member, `delete`, or `Object.assign`.
 */
export function memory(): Measure[] {
  const sources = sourcesIn("provider");
  const mutable = sources.flatMap(mutableIn);
  const instances = sources.flatMap(instancesIn);
  const forgetting = sources.flatMap(forgettingIn);
  const note = `not changed in their own file: ${instances.join(", ") || "none"}`;
  const name = "mutable variables of modules in provider/";
  return [
    { name, value: mutable.length, most: MOST_VARIABLES, details: mutable, note },
    { name: "exported functions named forget…", value: forgetting.length, most: 0, details: forgetting },
  ];
}

function mutableIn(source: Source): string[] {
  const changed = new Set(nodesOf(source.tree).flatMap((node) => changedBy(node) ?? []));
  const variables = variablesOf(source).filter(({ name, isLet }) => isLet || changed.has(name));
  return variables.map(({ name }) => `${source.path}: ${name}`);
}

interface Variable {
  name: string;
  isLet: boolean;
  initializer: ts.Expression | undefined;
}

function variablesOf({ tree }: Source): Variable[] {
  return tree.statements.flatMap((statement): Variable[] => {
    if (ts.isVariableStatement(statement)) {
      const isLet = !(statement.declarationList.flags & ts.NodeFlags.Const);
      return statement.declarationList.declarations.map(({ name, initializer }) => {
        return { name: name.getText(), isLet, initializer };
      });
    }
    if (!ts.isClassDeclaration(statement)) return [];
    const own = statement.members.filter((member) => ts.isPropertyDeclaration(member)).filter(isStatic);
    return own.map(({ name, initializer }) => {
      return { name: `${statement.name?.text}.${name.getText()}`, isLet: false, initializer };
    });
  });
}

function isStatic(member: ts.PropertyDeclaration): boolean {
  return member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

/** The text of the expression that `node` mutates. */
function changedBy(node: ts.Node): string | undefined {
  if (ts.isCallExpression(node)) {
    const { expression } = node;
    if (expression.getText() === "Object.assign") return node.arguments[0]?.getText();
    if (ts.isPropertyAccessExpression(expression) && MUTATING.test(expression.name.text))
      return expression.expression.getText();
  }
  if (ts.isDeleteExpression(node)) return ownerOf(node.expression);
  if (ts.isBinaryExpression(node) && isAssignment(node)) return ownerOf(node.left);
  if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
    const isChange = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    return isChange ? ownerOf(node.operand) : undefined;
  }
  return undefined;
}

function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** The owner of a mutated member: `a` for `a.b`. A static member `A.b` stands for itself. */
function ownerOf(member: ts.Expression): string | undefined {
  const isMember = ts.isPropertyAccessExpression(member) || ts.isElementAccessExpression(member);
  if (!isMember) return undefined;
  return /^[A-Z]\w*\.#?\w+$/.test(member.getText()) ? member.getText() : member.expression.getText();
}

/** Instances of the provider's own classes. Other files may change them. */
function instancesIn(source: Source): string[] {
  return variablesOf(source)
    .filter(({ initializer }) => initializer && ts.isNewExpression(initializer) && !isBuiltIn(initializer))
    .map(({ name }) => `${source.path}: ${name}`);
}

function isBuiltIn({ expression }: ts.NewExpression): boolean {
  return expression.getText() in globalThis || expression.getText().startsWith("Intl.");
}

function forgettingIn({ path, tree }: Source): string[] {
  return tree.statements
    .filter((statement) => ts.isFunctionDeclaration(statement))
    .filter(({ name, modifiers }) => /^forget/.test(name?.text ?? "") && modifiers?.some(isExport))
    .map(({ name }) => `${path}: ${name?.text}`);
}

function isExport({ kind }: ts.ModifierLike): boolean {
  return kind === ts.SyntaxKind.ExportKeyword;
}
