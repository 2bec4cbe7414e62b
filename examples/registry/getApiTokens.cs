using System.Collections.Generic;
using System.Linq;
using Pulumi;
using Jenkins = PulumiJenkins.Jenkins;

return await Deployment.RunAsync(() =>
{
    var unused = Jenkins.GetApiTokens.Invoke(new()
    {
        UnusedForDays = 90,
        Via = "scriptConsole",
    });

    return new Dictionary<string, object?>
    {
        ["userId"] = unused.Apply(getApiTokensResult => getApiTokensResult.UserId),
        ["unusedTokens"] = unused.Apply(getApiTokensResult => getApiTokensResult.Tokens),
    };
});
