package myproject;

import com.pulumi.Pulumi;
import io.github.pulumijenkins.jenkins.ApiToken;
import io.github.pulumijenkins.jenkins.ApiTokenArgs;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var token = new ApiToken("ci", ApiTokenArgs.builder()
                .expiresInDays(90)
                .renewBeforeDays(14)
                .build());
            ctx.export("userId", token.userId());
            ctx.export("tokenValue", token.tokenValue());
        });
    }
}
