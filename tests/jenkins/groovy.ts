/** The output of Groovy for a failed script, and Groovy's form of JSON. */

/** The end of each stack trace: the console itself. */
const consoleFrames = [
  "groovy.lang.GroovyShell.evaluate(GroovyShell.java:574)",
  "groovy.lang.GroovyShell.evaluate(GroovyShell.java:612)",
  "groovy.lang.GroovyShell.evaluate(GroovyShell.java:583)",
  "hudson.util.RemotingDiagnostics$Script.evaluateScript(RemotingDiagnostics.java:171)",
  "hudson.util.RemotingDiagnostics$Script.call(RemotingDiagnostics.java:160)",
  "hudson.util.RemotingDiagnostics$Script.call(RemotingDiagnostics.java:130)",
  "hudson.remoting.LocalChannel.call(LocalChannel.java:47)",
  "hudson.util.RemotingDiagnostics.executeGroovy(RemotingDiagnostics.java:125)",
  "jenkins.model.Jenkins._doScript(Jenkins.java:4885)",
  "jenkins.model.Jenkins.doScriptText(Jenkins.java:4850)",
];

/** The compiler's error, with the line. */
export function compilationErrors(line: string, lineNumber: number): string {
  const [token = ""] = /\w+|\S/.exec(line) ?? [];
  const column = Math.max(line.indexOf(token), 0) + 1;
  const message = `startup failed:
Script1.groovy: ${lineNumber}: unexpected token: ${token} @ line ${lineNumber}, column ${column}.
   ${line}
   ${" ".repeat(column - 1)}^

1 error
`;
  return trace(`org.codehaus.groovy.control.MultipleCompilationErrorsException: ${message}`, [
    "org.codehaus.groovy.control.ErrorCollector.failIfErrors(ErrorCollector.java:309)",
    "org.codehaus.groovy.control.ErrorCollector.addFatalError(ErrorCollector.java:149)",
    "org.codehaus.groovy.control.SourceUnit.addError(SourceUnit.java:349)",
    "org.codehaus.groovy.antlr.AntlrParserPlugin.parseCST(AntlrParserPlugin.java:191)",
    "groovy.lang.GroovyClassLoader.parseClass(GroovyClassLoader.java:293)",
  ]);
}

export function missingProperty(script: string): string {
  const [name = "it"] = /[A-Za-z_]\w*/.exec(script) ?? [];
  return trace(`groovy.lang.MissingPropertyException: No such property: ${name} for class: Script1`, [
    "org.codehaus.groovy.runtime.ScriptBytecodeAdapter.unwrap(ScriptBytecodeAdapter.java:66)",
    "org.codehaus.groovy.runtime.callsite.AbstractCallSite.callGroovyObjectGetProperty(AbstractCallSite.java:309)",
    "Script1.run(Script1.groovy:1)",
  ]);
}

/** An exception of Jenkins that the script does not catch. */
export function thrown(exception: string): string {
  return trace(exception, [
    "hudson.XmlFile.write(XmlFile.java:222)",
    "hudson.model.User.save(User.java:868)",
    "Script1.run(Script1.groovy:1)",
  ]);
}

function trace(exception: string, frames: string[]): string {
  return [exception, ...[...frames, ...consoleFrames].map((frame) => `\tat ${frame}`), ""].join("\n");
}

/** JsonOutput escapes all characters outside ASCII. */
export function jsonOutput(value: object): string {
  return JSON.stringify(value).replaceAll(/[\u007F-\uFFFF]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
