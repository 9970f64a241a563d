@subscriber
Feature: Login
  People log in with an e-mail address and its password, or with a phone number and a code that is sent to it.
  Asha is the one who logs in; Ravi is there so that a mix-up of people shows.

  Rule: The right password opens a session

    @op:login @clause:SUB-LOGIN-01 @impact:creates
    Scenario: The right password opens a session although somebody else just logged in
      Given Asha has an account by e-mail
      And Ravi has an account by e-mail
      When Ravi logs in by e-mail
      Then the outcome is "loggedIn"
      When Asha logs in by e-mail on the television
      Then the outcome is "loggedIn"

    @op:login @clause:SUB-LOGIN-01 @impact:creates
    Scenario: The access token of a login by e-mail opens what is protected
      Given Asha has an account by e-mail
      When Asha logs in by e-mail on the tablet
      Then the outcome is "loggedIn"
      When Asha changes the first name
      Then the outcome is "profileUpdated"

    @op:login @clause:SUB-LOGIN-15 @impact:creates
    Scenario: An e-mail address in capitals is the same address
      Given Asha has an account by e-mail
      When Asha logs in by e-mail with the address in capitals
      Then the outcome is "loggedIn"

    @op:login @clause:SUB-LOGIN-16 @impact:creates
    Scenario: The details behind a login are those of who logged in
      Given Asha has an account by e-mail
      And Ravi has an account by e-mail
      When Asha logs in by e-mail
      Then the outcome is "loggedIn"
      When Asha opens the details
      Then the outcome is "userDetails"
      And the details are those of Asha and not those of Ravi

  Rule: No other password opens a session

    @op:login @clause:SUB-LOGIN-02 @impact:creates
    Scenario: A wrong password is refused
      Given Asha has an account by e-mail
      When Asha logs in by e-mail with:
        | field    | value          |
        | password | not-the-one-12 |
      Then the outcome is "invalidCredentials"

    @op:login @clause:SUB-LOGIN-02 @impact:creates
    Scenario: The password of somebody else is refused
      Given Asha has an account by e-mail
      And Ravi has an account by e-mail
      When Asha logs in by e-mail with Ravi's password
      Then the outcome is "invalidCredentials"

    @op:login @clause:SUB-LOGIN-02 @impact:creates
    Scenario: An e-mail address that nobody registered is refused
      Given Ravi has an account by e-mail
      When Asha logs in by e-mail
      Then the outcome is "invalidCredentials"

    @op:login @clause:SUB-LOGIN-02 @impact:creates
    Scenario: A refused login leaves the right password working
      Given Asha has an account by e-mail
      When Asha logs in by e-mail with:
        | field    | value          |
        | password | not-the-one-12 |
      Then the outcome is "invalidCredentials"
      When Asha logs in by e-mail
      Then the outcome is "loggedIn"

  Rule: A login names what it logs in with

    @op:login @clause:SUB-LOGIN-03 @impact:creates
    Scenario Outline: A login by <way> with <field> as <value> is refused
      Given Asha has an account by <way>
      When Asha logs in by <way> with:
        | field   | value   |
        | <field> | <value> |
      Then the outcome is "credentialsMissing"

      Examples:
        | way    | field       | value    |
        | e-mail | email       | <absent> |
        | e-mail | email       | <null>   |
        | e-mail | email       | <blank>  |
        | e-mail | password    | <absent> |
        | e-mail | password    | <null>   |
        | e-mail | password    | <blank>  |
        | phone  | phone       | <absent> |
        | phone  | phone       | <null>   |
        | phone  | phone       | <blank>  |
        | phone  | countryCode | <absent> |
        | phone  | countryCode | <null>   |
        | phone  | countryCode | <blank>  |

  Rule: A body that breaks the tables is a bad request

    @op:login @clause:SUB-LOGIN-04 @impact:creates
    Scenario Outline: In a login by <way>, <field> as <value> is a bad request
      Given Asha has an account by <way>
      When Asha logs in by <way> with:
        | field   | value   |
        | <field> | <value> |
      Then the outcome is "badRequest"

      Examples:
        | way    | field                         | value     |
        | e-mail | login_type                    | <absent>  |
        | e-mail | login_type                    | <null>    |
        | e-mail | login_type                    | <blank>   |
        | e-mail | login_type                    | pigeon    |
        | e-mail | login_type                    | <list>    |
        | e-mail | otherdetails                  | <absent>  |
        | e-mail | otherdetails                  | <null>    |
        | e-mail | otherdetails                  | <list>    |
        | e-mail | otherdetails.device_unique_id | <absent>  |
        | e-mail | otherdetails.device_unique_id | <null>    |
        | e-mail | otherdetails.device_unique_id | <blank>   |
        | e-mail | otherdetails.device_unique_id | <object>  |
        | e-mail | password                      | <object>  |
        | e-mail | email                         | <true>    |
        | phone  | login_type                    | <absent>  |
        | phone  | otherdetails                  | <absent>  |
        | phone  | otherdetails.device_unique_id | <absent>  |
        | phone  | phone                         | <list>    |
        | phone  | phone                         | ninetynine |

    @op:login @clause:SUB-LOGIN-04 @impact:none
    Scenario: A login whose body is not JSON is a bad request
      Given Ravi has an account by e-mail
      When a body that is not JSON is sent to "login"
      Then the outcome is "badRequest"

    @op:login @clause:SUB-LOGIN-05 @impact:creates
    Scenario Outline: A login from a "<device>" running "<platform>" is a bad request
      Given Asha has an account by e-mail
      When Asha logs in by e-mail from a "<device>" running "<platform>"
      Then the outcome is "badRequest"

      Examples:
        | device | platform |
        | fridge | android  |
        | tv     | symbian  |

  Rule: A login by phone sends a code

    @op:login @clause:SUB-LOGIN-06 @needs:otp.sms @impact:notifies
    Scenario: A login by phone sends a code to the number that logs in
      Given Asha has an account by phone
      And Ravi has been sent a signup code
      When Asha logs in by phone
      Then the outcome is "otpSent"
      And a code comes by SMS to Asha

    @op:login @clause:SUB-LOGIN-07 @needs:otp.sms @impact:notifies
    Scenario: A login code is announced to live for 120 seconds
      Given Asha has an account by phone
      When Asha logs in by phone
      Then the outcome is "otpSent"
      And the code is announced to live for 120 seconds

    @op:login @clause:SUB-LOGIN-08 @needs:otp.sms @impact:notifies
    Scenario: A login by phone does not work for a number that nobody registered
      Given Ravi has an account by phone
      When Asha logs in by phone
      Then the outcome is "invalidCredentials"

  Rule: The code that was sent opens a session

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-01 @needs:otp.sms @impact:notifies
    Scenario: The login code opens a session while somebody else waits for another
      Given Asha has an account by phone
      And Ravi has an account by phone
      And Asha has been sent a login code
      And Ravi has been sent a login code
      When Asha enters the login code
      Then the outcome is "verified"
      When Ravi enters the login code
      Then the outcome is "verified"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-01 @needs:otp.sms @impact:notifies
    Scenario: The access token of a login by phone opens what is protected
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha enters the login code
      Then the outcome is "verified"
      When Asha changes the first name
      Then the outcome is "profileUpdated"

  Rule: No other code opens a session

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-02 @needs:otp.sms @impact:notifies
    Scenario: A wrong login code is refused
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha enters a wrong login code
      Then the outcome is "otpVerificationFailed"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-02 @needs:otp.sms @impact:notifies
    Scenario: The login code of somebody else is refused
      Given Asha has an account by phone
      And Ravi has an account by phone
      And Asha has been sent a login code
      And Ravi has been sent a login code
      When Asha enters Ravi's login code
      Then the outcome is "otpVerificationFailed"
      When Ravi enters the login code
      Then the outcome is "verified"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-03 @needs:otp.sms @impact:notifies
    Scenario: A login code that was used is refused
      Given Asha has an account by phone
      And Asha has been sent a login code
      And Asha has used the login code
      When Asha enters the login code
      Then the outcome is "otpVerificationFailed"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-05 @needs:otp.sms @impact:notifies
    Scenario: A login code that was never asked for is refused
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha enters a login code that was never asked for
      Then the outcome is "otpVerificationFailed"
      When Asha enters the login code
      Then the outcome is "verified"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-05 @needs:otp.sms @impact:notifies
    Scenario: A signup code does not verify a login
      Given Ravi has an account by phone
      And Asha has been sent a signup code
      When Asha enters the signup code as a login code
      Then the outcome is "otpVerificationFailed"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-06 @needs:otp.sms @impact:notifies
    Scenario: A login code is refused after ten wrong ones
      Given Asha has an account by phone
      And Asha has been sent a login code
      And Asha has entered 10 wrong login codes
      When Asha enters the login code
      Then the outcome is "otpVerificationFailed"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-07 @needs:otp.sms @impact:notifies
    Scenario: A login code works after a wrong one
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha enters a wrong login code
      Then the outcome is "otpVerificationFailed"
      When Asha enters the login code
      Then the outcome is "verified"

  Rule: A login code works until its announced life is over

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-04 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: A login code works one second before its life is over
      Given Asha has an account by phone
      And the clock stands still
      And Asha has been sent a login code
      And all but one second of the life of Asha's login code has passed
      When Asha enters the login code
      Then the outcome is "verified"

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-04 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: A login code is refused once its life is over
      Given Asha has an account by phone
      And the clock stands still
      And Asha has been sent a login code
      And the life of Asha's login code has passed
      When Asha enters the login code
      Then the outcome is "otpVerificationFailed"

    @op:resendLoginOtp @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-04 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: The life of a login code that was sent again begins anew
      Given Asha has an account by phone
      And the clock stands still
      And Asha has been sent a login code
      And all but one second of the life of Asha's login code has passed
      And Asha has asked for the login code again
      And all but one second of the life of Asha's login code has passed
      When Asha enters the login code
      Then the outcome is "verified"

  Rule: A verification names challenge and code

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-08 @needs:otp.sms @impact:notifies
    Scenario Outline: In a verification of a login, <field> as <value> is a bad request
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha enters the login code with:
        | field   | value   |
        | <field> | <value> |
      Then the outcome is "badRequest"

      Examples:
        | field                | value    |
        | otpVerificationToken | <absent> |
        | otpVerificationToken | <null>   |
        | otpVerificationToken | <blank>  |
        | otpVerificationToken | <object> |
        | otp                  | <absent> |
        | otp                  | <null>   |
        | otp                  | <blank>  |
        | otp                  | <list>   |

    @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-08 @impact:none
    Scenario: A verification of a login whose body is not JSON is a bad request
      Given Ravi has an account by e-mail
      When a body that is not JSON is sent to "verifyLoginOtp"
      Then the outcome is "badRequest"

  Rule: A login code can be had again

    @op:resendLoginOtp @clause:SUB-LOGIN-OTP-09 @needs:otp.sms @impact:notifies
    Scenario: A login code that was sent again opens a session
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha asks for the login code again
      Then the outcome is "otpSent"
      And a code comes by SMS to Asha
      When Asha enters the login code
      Then the outcome is "verified"

    @op:resendLoginOtp @clause:SUB-LOGIN-OTP-13 @needs:otp.sms @impact:notifies
    Scenario: A login code that was sent again is announced to live for 120 seconds
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha asks for the login code again
      Then the outcome is "otpSent"
      And the code is announced to live for 120 seconds

    @op:resendLoginOtp @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-10 @needs:otp.sms @impact:notifies
    Scenario: A login code that was replaced is refused, and the new one works
      Given Asha has an account by phone
      And Asha has been sent a login code
      And Asha has asked for the login code again
      When Asha enters the login code that was replaced
      Then the outcome is "otpVerificationFailed"
      When Asha enters the login code
      Then the outcome is "verified"

    @op:resendLoginOtp @op:verifyLoginOtp @clause:SUB-LOGIN-OTP-10 @needs:otp.sms @impact:notifies
    Scenario: A login code survives that somebody else asks for another
      Given Asha has an account by phone
      And Ravi has an account by phone
      And Asha has been sent a login code
      And Ravi has been sent a login code
      And Ravi has asked for the login code again
      When Asha enters the login code
      Then the outcome is "verified"

    @op:resendLoginOtp @clause:SUB-LOGIN-OTP-11 @needs:otp.sms @impact:notifies
    Scenario: A login code is not sent again for a login that was never begun
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha asks again for a login code that was never asked for
      Then the outcome is "otpVerificationFailed"

    @op:resendLoginOtp @clause:SUB-LOGIN-OTP-11 @needs:otp.sms @impact:notifies
    Scenario: A login code is not sent again once it was used
      Given Asha has an account by phone
      And Asha has been sent a login code
      And Asha has used the login code
      When Asha asks for the login code again
      Then the outcome is "otpVerificationFailed"

    @op:resendLoginOtp @clause:SUB-LOGIN-OTP-11 @needs:otp.sms @impact:notifies
    Scenario: A signup code is not sent again as a login code
      Given Ravi has an account by phone
      And Asha has been sent a signup code
      When Asha asks for the signup code again as a login code
      Then the outcome is "otpVerificationFailed"

    @op:resendLoginOtp @clause:SUB-LOGIN-OTP-12 @needs:otp.sms @impact:notifies
    Scenario Outline: In a request for another login code, the challenge as <value> is a bad request
      Given Asha has an account by phone
      And Asha has been sent a login code
      When Asha asks for the login code again with:
        | field                | value   |
        | otpVerificationToken | <value> |
      Then the outcome is "badRequest"

      Examples:
        | value    |
        | <absent> |
        | <null>   |
        | <blank>  |
        | <object> |

    @op:resendLoginOtp @clause:SUB-LOGIN-OTP-12 @impact:none
    Scenario: A request for another login code whose body is not JSON is a bad request
      Given Ravi has an account by e-mail
      When a body that is not JSON is sent to "resendLoginOtp"
      Then the outcome is "badRequest"

  Rule: An access token works until its announced life is over

    @op:login @clause:SUB-LOGIN-09 @needs:clock @impact:creates
    Scenario: The access token of a login by e-mail works one second before its life is over
      Given Asha has an account by e-mail
      And the clock stands still
      And Asha has logged in by e-mail
      And all but one second of the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "profileUpdated"

    @op:login @clause:SUB-LOGIN-09 @needs:clock @impact:creates
    Scenario: The access token of a login by e-mail is refused once its life is over
      Given Asha has an account by e-mail
      And the clock stands still
      And Asha has logged in by e-mail
      And the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "accessTokenExpired"

    @op:verifyLoginOtp @clause:SUB-LOGIN-09 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: The access token of a login by phone works one second before its life is over
      Given Asha has an account by phone
      And the clock stands still
      And Asha has logged in by phone
      And all but one second of the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "profileUpdated"

    @op:verifyLoginOtp @clause:SUB-LOGIN-09 @needs:otp.sms @needs:clock @impact:notifies
    Scenario: The access token of a login by phone is refused once its life is over
      Given Asha has an account by phone
      And the clock stands still
      And Asha has logged in by phone
      And the life of Asha's access token has passed
      When Asha changes the first name
      Then the outcome is "accessTokenExpired"

  Rule: An account has a limited number of devices

    @op:login @clause:SUB-LOGIN-10 @impact:creates
    Scenario: A login by e-mail on one device too many is refused, and only for whom it is too many
      Given Asha has an account by e-mail
      And Ravi has an account by e-mail
      And Asha has logged in by e-mail on as many devices as allowed
      When Asha logs in by e-mail on a new device
      Then the outcome is "deviceLimitExceeded"
      When Ravi logs in by e-mail on a new device
      Then the outcome is "loggedIn"

    @op:verifyLoginOtp @clause:SUB-LOGIN-10 @needs:otp.sms @impact:notifies
    Scenario: A login by phone on one device too many is refused
      Given Asha has an account by phone
      And Asha has logged in by phone on as many devices as allowed
      When Asha goes through a login by phone on a new device
      Then the outcome is "deviceLimitExceeded"

    @op:login @clause:SUB-LOGIN-11 @impact:creates
    Scenario: A login by e-mail on a registered device works although no place is left
      Given Asha has an account by e-mail
      And Asha has logged in by e-mail on as many devices as allowed
      When Asha logs in by e-mail on the phone
      Then the outcome is "loggedIn"

    @op:verifyLoginOtp @clause:SUB-LOGIN-11 @needs:otp.sms @impact:notifies
    Scenario: A login by phone on a registered device works although no place is left
      Given Asha has an account by phone
      And Asha has logged in by phone on as many devices as allowed
      When Asha goes through a login by phone on the phone
      Then the outcome is "verified"

  Rule: An account may take one login per device

    @op:login @clause:SUB-LOGIN-12 @needs:state.strictDevices @impact:creates
    Scenario: A second login by e-mail on the same device is refused, on another it is not
      Given Asha has an account by e-mail
      And Asha's account takes one login per device
      And Asha has logged in by e-mail on the television
      When Asha logs in by e-mail on the television
      Then the outcome is "deviceAlreadyRegistered"
      When Asha logs in by e-mail on the laptop
      Then the outcome is "loggedIn"

    @op:verifyLoginOtp @clause:SUB-LOGIN-12 @needs:otp.sms @needs:state.strictDevices @impact:notifies
    Scenario: A second login by phone on the same device is refused
      Given Asha has an account by phone
      And Asha's account takes one login per device
      And Asha has logged in by phone on the television
      When Asha goes through a login by phone on the television
      Then the outcome is "deviceAlreadyRegistered"

  Rule: A login tells of a payment that stands in its way

    @op:login @clause:SUB-LOGIN-13 @needs:state.payment @impact:creates
    Scenario Outline: A login by e-mail tells that the payment is <state>, and only whose it is
      Given Asha has an account by e-mail
      And Ravi has an account by e-mail
      And Asha's payment is <state>
      When Asha logs in by e-mail
      Then the outcome is "<outcome>"
      When Ravi logs in by e-mail
      Then the outcome is "loggedIn"

      Examples:
        | state        | outcome            |
        | not verified | paymentNotVerified |
        | pending      | paymentPending     |
        | failed       | paymentFailed      |

    @op:verifyLoginOtp @clause:SUB-LOGIN-13 @needs:otp.sms @needs:state.payment @impact:notifies
    Scenario Outline: A login by phone tells that the payment is <state>
      Given Asha has an account by phone
      And Asha's payment is <state>
      When Asha goes through a login by phone
      Then the outcome is "<outcome>"

      Examples:
        | state        | outcome            |
        | not verified | paymentNotVerified |
        | pending      | paymentPending     |
        | failed       | paymentFailed      |

  Rule: A deleted account is gone

    @op:login @clause:SUB-LOGIN-14 @needs:otp.email @impact:destroys
    Scenario: A login by e-mail to a deleted account is refused, and to another it is not
      Given Asha has an account by e-mail
      And Ravi has an account by e-mail
      And Asha has deleted the account
      When Asha logs in by e-mail
      Then the outcome is "gone"
      When Ravi logs in by e-mail
      Then the outcome is "loggedIn"

    @op:login @clause:SUB-LOGIN-14 @needs:otp.sms @impact:destroys
    Scenario: A login by phone to a deleted account is refused
      Given Asha has an account by phone
      And Asha has deleted the account
      When Asha logs in by phone
      Then the outcome is "gone"

    @op:verifyLoginOtp @clause:SUB-LOGIN-14 @needs:otp.sms @impact:destroys
    Scenario: A login code is refused once the account was deleted
      Given Asha has an account by phone
      And Asha has been sent a login code
      And Asha has deleted the account
      When Asha enters the login code
      Then the outcome is "gone"

  Rule: The app token must be a good one

    @clause:SUB-LOGIN-17 @impact:notifies
    Scenario Outline: An app with an unknown app token is refused when <call>
      Given Asha has an account by e-mail
      And Ravi has an account by phone
      And Ravi has been sent a login code
      And the app carries an unknown app token
      When <call>
      Then the outcome is "appTokenInvalid"

      @op:login
      Examples:
        | call                   |
        | Asha logs in by e-mail |
        | Ravi logs in by phone  |

      @op:verifyLoginOtp @needs:otp.sms
      Examples:
        | call                       |
        | Ravi enters the login code |

      @op:resendLoginOtp @needs:otp.sms
      Examples:
        | call                               |
        | Ravi asks for the login code again |

    @clause:SUB-LOGIN-18 @needs:state.expiredAppToken @impact:notifies
    Scenario Outline: An app with an expired app token is refused when <call>
      Given Asha has an account by e-mail
      And Ravi has an account by phone
      And Ravi has been sent a login code
      And the app carries an expired app token
      When <call>
      Then the outcome is "authTokenExpired"

      @op:login
      Examples:
        | call                   |
        | Asha logs in by e-mail |
        | Ravi logs in by phone  |

      @op:verifyLoginOtp @needs:otp.sms
      Examples:
        | call                       |
        | Ravi enters the login code |

      @op:resendLoginOtp @needs:otp.sms
      Examples:
        | call                               |
        | Ravi asks for the login code again |

  Rule: The calls of a day are limited

    @clause:SUB-LOGIN-19 @needs:quota @impact:floods
    Scenario Outline: One call too many is refused when <call>
      Given Asha has an account by e-mail
      And Ravi has an account by phone
      And Ravi has been sent a login code
      And the calls of the day are used up
      When <call>
      Then the outcome is "tooManyRequests"

      @op:login
      Examples:
        | call                   |
        | Asha logs in by e-mail |
        | Ravi logs in by phone  |

      @op:verifyLoginOtp @needs:otp.sms
      Examples:
        | call                       |
        | Ravi enters the login code |

      @op:resendLoginOtp @needs:otp.sms
      Examples:
        | call                               |
        | Ravi asks for the login code again |
