"""What ministack lacks of CloudFormation: the pseudo parameters (`AWS::Region`, ...) in conditions."""


def complete():
    from ministack.core.responses import get_account_id, get_region
    from ministack.services.cloudformation import changesets, engine, handlers, stacks

    without = engine._evaluate_conditions

    def evaluate(template, parameters):
        pseudo = {"AWS::Region": get_region(), "AWS::AccountId": get_account_id(), "AWS::Partition": "aws"}
        return without(template, {**{name: {"Value": value} for name, value in pseudo.items()}, **parameters})

    for module in (changesets, engine, handlers, stacks):
        module._evaluate_conditions = evaluate
