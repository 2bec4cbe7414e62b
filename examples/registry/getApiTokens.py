import pulumi
import pulumi_jenkins as jenkins

unused = jenkins.get_api_tokens_output(unused_for_days=90, via="scriptConsole")

pulumi.export("userId", unused.user_id)
pulumi.export("unusedTokens", unused.tokens)
