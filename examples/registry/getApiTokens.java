package myproject;

import com.pulumi.Pulumi;
import io.github.pulumijenkins.jenkins.JenkinsFunctions;
import io.github.pulumijenkins.jenkins.inputs.GetApiTokensArgs;
import java.util.stream.Collectors;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var unused = JenkinsFunctions.getApiTokens(GetApiTokensArgs.builder()
                .unusedForDays(90)
                .via("scriptConsole")
                .build());
            ctx.export("userId", unused.applyValue(result -> result.userId()));
            ctx.export("unusedTokens", unused.applyValue(result ->
                result.tokens().stream().map(token -> token.tokenName()).collect(Collectors.toList())));
        });
    }
}
